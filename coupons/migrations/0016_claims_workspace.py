"""A claim belongs to its coupon's workspace: that the workspace exists is checked with the coupon."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("coupons", "0015_samples")]

    initial = False

    operations = [
        ops.AlterField(
            model_name="Claim",
            name="workspace",
            field=fields.ForeignKeyField(
                "team.Workspace",
                source_field="workspace_id",
                db_constraint=False,
                to_field="id",
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.RunSQL(
            ["ALTER TABLE claim DROP CONSTRAINT claim_workspace_id_fkey"],
            reverse_sql=[
                "ALTER TABLE claim ADD CONSTRAINT claim_workspace_id_fkey"
                " FOREIGN KEY (workspace_id) REFERENCES workspace (id) ON DELETE CASCADE"
            ],
        ),
    ]
