"""Ways to a claim: from the code that was made for it, and from the store that redeemed it."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("coupons", "0008_long_work")]

    initial = False

    operations = [
        ops.AddField(model_name="Code", name="claim_id", field=fields.UUIDField(null=True)),
        ops.RunSQL(
            [
                """UPDATE code d SET claim_id = k.id FROM claim k JOIN coupon c ON c.id = k.coupon_id
                   WHERE c.code_mode = 'random' AND d.coupon_id = k.coupon_id AND d.text = k.code""",
                "CREATE INDEX redemption_store ON redemption (store_id, claim_id) WHERE kind = 'redeem'",
            ],
            reverse_sql=["DROP INDEX redemption_store"],
        ),
    ]
