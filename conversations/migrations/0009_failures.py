"""The list of failed and unknown sends, newest first."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("conversations", "0008_search")]
    operations = [
        # Not by state: every receipt would have to write into all indexes of the table.
        ops.RunSQL(
            "CREATE INDEX message_failures ON message (workspace_id, provider_at, seq)"
            " WHERE error_code <> '' AND error_code <> 'resent'",
            reverse_sql="DROP INDEX message_failures",
        ),
    ]
