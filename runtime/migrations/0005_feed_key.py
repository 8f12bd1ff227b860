"""The feed has one index, the order in which it is read; nobody looks for a row by its number alone."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("runtime", "0004_feed_sample")]

    initial = False

    operations = [
        ops.RunSQL(
            [
                "ALTER TABLE feed DROP CONSTRAINT feed_pkey",
                "DROP INDEX feed_commit_order",
                "ALTER TABLE feed ADD CONSTRAINT feed_commit_order PRIMARY KEY (xid, id)",
            ],
            reverse_sql=[
                "ALTER TABLE feed DROP CONSTRAINT feed_commit_order",
                "CREATE INDEX feed_commit_order ON feed (xid, id)",
                "ALTER TABLE feed ADD CONSTRAINT feed_pkey PRIMARY KEY (id)",
            ],
        ),
    ]
