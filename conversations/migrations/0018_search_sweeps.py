"""What search looks through takes new entries into a list first, which the follower sweeps after each of its steps."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("conversations", "0017_merged_tags")]

    initial = False

    operations = [
        ops.RunSQL(
            ["ALTER INDEX search_message_grams SET (fastupdate = on)"],
            reverse_sql=["ALTER INDEX search_message_grams SET (fastupdate = off)"],
        ),
    ]
