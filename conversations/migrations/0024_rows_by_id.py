"""The outbox is asked for rows by their ids. While it is empty its indexes cost a plan the same, and the newest is taken:
that was the one of conversations, which holds ids as well, and which a rush would have gone over as a whole.
"""

from tortoise import migrations
from tortoise.migrations import operations as ops

AGAIN = [
    "ALTER TABLE outbox DROP CONSTRAINT outbox_pkey, ADD CONSTRAINT outbox_pkey PRIMARY KEY (id)",
    "DROP INDEX outbox_under_way",
    "CREATE INDEX outbox_under_way ON outbox (id) WHERE state <> 0",
]


class Migration(migrations.Migration):
    dependencies = [("conversations", "0023_less_to_write")]

    initial = False

    operations = [ops.RunSQL(AGAIN, reverse_sql=[])]
