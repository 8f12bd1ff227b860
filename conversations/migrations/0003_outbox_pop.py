"""Indexes by which the deliverer finds its work: what is due for an account, and what is under way."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("conversations", "0002_queues")]
    operations = [
        ops.RunSQL(
            [
                "CREATE INDEX outbox_due ON outbox (account_id, queue, not_before, id) WHERE state = 0",
                "CREATE INDEX outbox_under_way ON outbox (id) WHERE state <> 0",
            ],
            reverse_sql=["DROP INDEX outbox_due", "DROP INDEX outbox_under_way"],
        )
    ]
