"""Less is written for each message: an answer's words are kept once, a delivery is found by its message alone, and
what a conversation and its outbox belong to is checked once.

Half of a page of conversations is kept free: a customer's words and the answer are two versions of one row.
"""

import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

BELONGS = (
    "ALTER TABLE conversation ADD CONSTRAINT conversation_workspace_id_fkey"
    " FOREIGN KEY (workspace_id) REFERENCES workspace (id) ON DELETE CASCADE"
)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0022_samples")]

    initial = False

    operations = [
        ops.RemoveIndex("Delivery", fields=["conversation_id", "created_at"]),
        ops.AlterField(
            model_name="Outbox",
            name="content",
            field=fields.JSONField(
                null=True, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
            ),
        ),
        ops.RunSQL(
            [
                "ALTER TABLE outbox DROP CONSTRAINT outbox_conversation_id_fkey",
                "ALTER TABLE conversation DROP CONSTRAINT conversation_workspace_id_fkey",
                "ALTER TABLE conversation SET (fillfactor = 50)",
            ],
            reverse_sql=[
                "ALTER TABLE conversation SET (fillfactor = 70)",
                BELONGS,
                "ALTER TABLE outbox ADD CONSTRAINT outbox_conversation_id_fkey"
                " FOREIGN KEY (conversation_id) REFERENCES conversation (id) ON DELETE CASCADE",
            ],
        ),
    ]
