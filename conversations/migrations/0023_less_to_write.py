"""Less is written for each message: an answer's words are kept once, a delivery is found by its message alone, and
a row is checked against another only where that one may go, or is made elsewhere.

Half of a page of conversations is kept free: a customer's words and the answer are two versions of one row.
"""

import functools
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from runtime.sampling import learn


def unchecked(
    model: str, name: str, of: str, *, one: bool = False, key: bool = False
) -> ops.AlterField:
    """Return what says of a field that its constraint, which SQL drops below, is gone."""
    make = fields.OneToOneField if one else fields.ForeignKeyField
    more = {"primary_key": True, "db_index": True} if key else {}
    return ops.AlterField(
        model_name=model,
        name=name,
        field=make(
            of,
            source_field=f"{name}_id",
            db_constraint=False,
            to_field="id",
            on_delete=OnDelete.CASCADE,
            **more,
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("conversations", "0022_samples")]

    initial = False

    operations = [
        ops.RemoveIndex("Delivery", fields=["conversation_id", "created_at"]),
        ops.RemoveField(model_name="Delivery", name="conversation_id"),
        ops.AlterField(
            model_name="Outbox",
            name="content",
            field=fields.JSONField(
                null=True, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads
            ),
        ),
        unchecked("Conversation", "workspace", "team.Workspace"),
        unchecked("Outbox", "conversation", "conversations.Conversation"),
        unchecked("Outbox", "delivery", "conversations.Delivery", one=True),
        unchecked("SearchMessage", "message", "conversations.Message", one=True, key=True),
        ops.RunSQL(
            [
                "ALTER TABLE outbox DROP CONSTRAINT outbox_conversation_id_fkey",
                "ALTER TABLE outbox DROP CONSTRAINT outbox_delivery_id_fkey",
                "ALTER TABLE search_message DROP CONSTRAINT search_message_message_id_fkey",
                "ALTER TABLE conversation DROP CONSTRAINT conversation_workspace_id_fkey",
                "ALTER TABLE conversation SET (fillfactor = 50)",
                learn(["search_message"], 30),
            ],
            reverse_sql=[
                learn(["search_message"], -1),
                "ALTER TABLE conversation SET (fillfactor = 70)",
                "ALTER TABLE conversation ADD CONSTRAINT conversation_workspace_id_fkey"
                " FOREIGN KEY (workspace_id) REFERENCES workspace (id) ON DELETE CASCADE",
                "ALTER TABLE search_message ADD CONSTRAINT search_message_message_id_fkey"
                " FOREIGN KEY (message_id) REFERENCES message (id) ON DELETE CASCADE",
                "ALTER TABLE outbox ADD CONSTRAINT outbox_delivery_id_fkey"
                " FOREIGN KEY (delivery_id) REFERENCES delivery (id) ON DELETE CASCADE",
                "ALTER TABLE outbox ADD CONSTRAINT outbox_conversation_id_fkey"
                " FOREIGN KEY (conversation_id) REFERENCES conversation (id) ON DELETE CASCADE",
            ],
        ),
    ]
