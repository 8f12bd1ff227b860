"""The funnel of chosen days: claims found by the day on which they were made."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('coupons', '0009_claim_search')]

    initial = False

    operations = [
        ops.AlterField(
            model_name='CountedClaim',
            name='coupon_id',
            field=fields.UUIDField(),
        ),
        ops.AddIndex(
            model_name='CountedClaim',
            index=Index(fields=['coupon_id', 'claimed_on']),
        ),
    ]
