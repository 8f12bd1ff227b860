"""The type of what one event writes: a block hands all its events to a statement as one array of these.

An array for each column costs a check of each of its elements before anything is sent.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("conversations", "0018_search_sweeps")]
    operations = [
        ops.RunSQL(
            "CREATE TYPE thread_entry AS (id uuid, w uuid, c uuid, a uuid, sender text, kind text, txt text,"
            " facts text, x text, reply_to text, at timestamptz, arrived timestamptz, request text, shown text,"
            " said bool, opens bool, address text, token text, reached bool, blocked bool, event bigint, name text)",
            reverse_sql="DROP TYPE thread_entry",
        ),
    ]
