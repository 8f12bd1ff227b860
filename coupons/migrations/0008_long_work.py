"""Work that goes on beside the requests: revoking what remains, and figures after a change of zone."""

from tortoise import migrations
from tortoise.migrations import operations as ops
import uuid
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('coupons', '0007_history'), ('team', '0003_sign_in_links')]

    initial = False

    operations = [
        ops.CreateModel(
            name='FigureZone',
            fields=[
                ('workspace_id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('zone', fields.CharField(max_length=64)),
            ],
            options={'table': 'figure_zone', 'app': 'coupons', 'pk_attr': 'workspace_id', 'table_description': 'The zone whose days the figures of a workspace were counted in; another one now: they are rebuilt.'},
            bases=['StrictModel'],
        ),
        ops.CreateModel(
            name='VoidJob',
            fields=[
                ('coupon', fields.OneToOneField('coupons.Coupon', source_field='coupon_id', primary_key=True, db_index=True, db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('member_id', fields.UUIDField()),
                ('upto', fields.UUIDField(default=uuid.UUID('00000000-0000-0000-0000-000000000000'), db_default='00000000-0000-0000-0000-000000000000')),
                ('voided', fields.IntField(default=0, db_default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'void_job', 'app': 'coupons', 'pk_attr': 'coupon_id', 'table_description': "A coupon's claims that are not redeemed wait to be revoked: those up to `upto` are, `voided` of them"},
            bases=['StrictModel'],
        ),
        ops.RunSQL(
            ["INSERT INTO figure_zone (workspace_id, zone) SELECT id, zone FROM workspace"],
            reverse_sql=["DELETE FROM figure_zone"],
        ),
    ]
