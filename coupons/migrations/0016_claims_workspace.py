"""A claim belongs to its coupon's workspace: that the workspace exists is checked with the coupon."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("coupons", "0015_samples")]

    initial = False

    operations = [
        ops.RunSQL(
            ["ALTER TABLE claim DROP CONSTRAINT claim_workspace_id_fkey"],
            reverse_sql=[
                "ALTER TABLE claim ADD CONSTRAINT claim_workspace_id_fkey"
                " FOREIGN KEY (workspace_id) REFERENCES workspace (id) ON DELETE CASCADE"
            ],
        ),
    ]
