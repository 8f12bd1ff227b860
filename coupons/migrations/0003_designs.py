from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('conversations', '0004_message_claim'), ('coupons', '0002_stock'), ('team', '0001_initial')]

    initial = False

    operations = [
        ops.AddField(
            model_name='Claim',
            name='more_codes',
            field=fields.JSONField(default=list, db_default=[], encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Claim',
            name='quota_period_start',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Code',
            name='more',
            field=fields.JSONField(default=list, db_default=[], encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AlterField(
            model_name='Coupon',
            name='code_mode',
            field=fields.CharField(default='fixed', db_default='fixed', max_length=12),
        ),
        ops.AddField(
            model_name='Coupon',
            name='benefit',
            field=fields.CharField(default='generic', db_default='generic', max_length=12),
        ),
        ops.AddField(
            model_name='Coupon',
            name='benefit_value',
            field=fields.DecimalField(null=True, max_digits=12, decimal_places=2),
        ),
        ops.AddField(
            model_name='Coupon',
            name='code_columns',
            field=fields.IntField(default=1, db_default=1),
        ),
        ops.AddField(
            model_name='Coupon',
            name='code_display',
            field=fields.CharField(default='both', db_default='both', max_length=8),
        ),
        ops.AddField(
            model_name='Coupon',
            name='code_shape',
            field=fields.JSONField(default=dict, db_default={}, encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads),
        ),
        ops.AddField(
            model_name='Coupon',
            name='minimum_spend',
            field=fields.DecimalField(null=True, max_digits=12, decimal_places=2),
        ),
        ops.AddField(
            model_name='Coupon',
            name='pack_kind',
            field=fields.CharField(default='general', db_default='general', max_length=12),
        ),
        ops.AddField(
            model_name='Coupon',
            name='per_contact_redemption_limit',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Coupon',
            name='product',
            field=fields.CharField(default='', db_default='', max_length=120),
        ),
        ops.AddField(
            model_name='Coupon',
            name='quota_period',
            field=fields.CharField(default='total', db_default='total', max_length=8),
        ),
        ops.AddField(
            model_name='Coupon',
            name='redeem_mode',
            field=fields.CharField(default='pin', db_default='pin', max_length=8),
        ),
        ops.AddField(
            model_name='Coupon',
            name='redemption_limit',
            field=fields.IntField(null=True),
        ),
        ops.RemoveField(model_name='Coupon', name='redeem_button'),
    ]
