"""What stock and claims need beyond their columns: defaults, guards and partial indexes."""

from tortoise import migrations
from tortoise.migrations import operations as ops

DEFAULTS = {
    "unit": {"state": "'free'"},
    "claim": {
        "code": "''",
        "trigger": "''",
        "state": "'issued'",
        "test": "false",
    },
    "redemption": {"store_name": "''", "who": "''"},
    "pin_attempt": {"wrong": "0", "waits": "0"},
    "staff_pin": {"active": "true"},
}


class Migration(migrations.Migration):
    dependencies = [("coupons", "0001_initial")]
    operations = [
        ops.RunSQL(
            [
                *(
                    f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {value}"
                    for table, columns in DEFAULTS.items()
                    for column, value in columns.items()
                ),
                "ALTER TABLE limit_row ADD CONSTRAINT limit_row_count CHECK (count >= 0)",
                "ALTER TABLE unit ADD CONSTRAINT unit_state"
                " CHECK (state IN ('free', 'issued', 'void', 'withdrawn'))",
                "ALTER TABLE claim ADD CONSTRAINT claim_state"
                " CHECK (state IN ('issued', 'redeemed', 'released', 'voided', 'given_away'))",
                "CREATE INDEX code_coupon ON code (coupon_id, id)",
                "CREATE INDEX unit_free ON unit (coupon_id, seq) WHERE state = 'free'",
                "CREATE UNIQUE INDEX claim_unit ON claim (unit_id) WHERE unit_id IS NOT NULL",
                "ALTER TABLE unit SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02)",
                "ALTER TABLE limit_row SET (fillfactor = 70)",
                "ALTER TABLE claim SET (fillfactor = 85)",
            ],
            reverse_sql=[
                "DROP INDEX code_coupon",
                "DROP INDEX unit_free",
                "DROP INDEX claim_unit",
            ],
        )
    ]
