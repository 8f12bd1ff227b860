"""The feed is read in commit order: each row carries its transaction's id."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("runtime", "0001_initial")]
    operations = [
        ops.RunSQL(
            [
                "ALTER TABLE feed ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()",
                "ALTER TABLE feed ALTER COLUMN detail SET DEFAULT '{}'",
                "CREATE INDEX feed_commit_order ON feed (xid, id)",
                "ALTER TABLE feed SET (autovacuum_vacuum_scale_factor = 0.05)",
            ],
            reverse_sql=["ALTER TABLE feed DROP COLUMN xid"],
        )
    ]
