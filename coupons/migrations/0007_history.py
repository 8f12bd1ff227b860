from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('conversations', '0001_initial'), ('conversations', '0002_queues'), ('conversations', '0003_outbox_pop'), ('conversations', '0004_message_claim'), ('coupons', '0006_tills'), ('team', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='CouponVersion',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('coupon', fields.ForeignKeyField('coupons.Coupon', source_field='coupon_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('version', fields.IntField()),
                ('what', fields.CharField(max_length=12)),
                ('changes', fields.JSONField(default=dict, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
                ('member_id', fields.UUIDField(null=True)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'coupon_version', 'app': 'coupons', 'indexes': [Index(fields=['coupon_id', 'id'])], 'pk_attr': 'id', 'table_description': 'One change of a coupon; rows are only ever added. `what`: created, edited, published, paused, resumed,'},
            bases=['StrictModel'],
        ),
    ]
