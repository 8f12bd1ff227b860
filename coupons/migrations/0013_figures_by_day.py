"""A workspace's figures by day, for the overview; a day never changes, so counting up stays cheap."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("coupons", "0012_key_first")]
    operations = [
        ops.RunSQL(
            "CREATE INDEX figure_days ON figure (workspace_id, day)",
            reverse_sql="DROP INDEX figure_days",
        )
    ]
