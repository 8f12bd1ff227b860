from tortoise import migrations
from tortoise.migrations import operations as ops
from runtime.ids import uuid7
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('coupons', '0010_funnel'), ('team', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='QuotaRequest',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('workspace', fields.ForeignKeyField('team.Workspace', source_field='workspace_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('coupon', fields.ForeignKeyField('coupons.Coupon', source_field='coupon_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('member', fields.ForeignKeyField('team.Member', source_field='member_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('amount', fields.IntField()),
                ('words', fields.CharField(default='', max_length=300)),
                ('state', fields.CharField(default='open', max_length=10)),
                ('granted', fields.IntField(default=0)),
                ('reply', fields.CharField(default='', max_length=300)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decided_by', fields.UUIDField(null=True)),
            ],
            options={'table': 'quota_request', 'app': 'coupons', 'indexes': [Index(fields=['member_id', 'coupon_id', 'asked_at'])], 'pk_attr': 'id', 'table_description': '`amount` more, with `words`. `state`: open, granted or declined; `granted`: how many it was in the end;'},
            bases=['StrictModel'],
        ),
        ops.RunSQL(
            [
                "ALTER TABLE quota_request ADD CONSTRAINT quota_request_state"
                " CHECK (state IN ('open', 'granted', 'declined') AND (state = 'open') = (decided_at IS NULL))",
                "CREATE UNIQUE INDEX quota_request_open ON quota_request (member_id, coupon_id) WHERE state = 'open'",
                "CREATE INDEX quota_request_waiting ON quota_request (workspace_id, asked_at) WHERE state = 'open'",
            ],
            ["DROP TABLE quota_request"],
        ),
    ]
