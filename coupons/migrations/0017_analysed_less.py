"""Claims are analysed when they have grown by half, not by a tenth: workers' plans do not depend on it."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("coupons", "0016_claims_workspace")]

    initial = False

    operations = [
        ops.RunSQL(
            ["ALTER TABLE claim SET (autovacuum_analyze_scale_factor = 0.5)"],
            reverse_sql=["ALTER TABLE claim RESET (autovacuum_analyze_scale_factor)"],
        ),
    ]
