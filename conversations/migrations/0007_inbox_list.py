"""Indexes of the conversation list: one of stretches in place of the workspace's, and short partial ones."""

from tortoise import migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("conversations", "0006_teamwork")]
    operations = [
        ops.RemoveIndex("Conversation", fields=["workspace_id", "last_at", "id"]),
        ops.RunSQL(
            [
                "CREATE INDEX conversation_list"
                " ON conversation (account_id, status, (unread > 0), (assignee_id IS NULL), last_at, id)",
                "CREATE INDEX conversation_assigned ON conversation (assignee_id, last_at, id)"
                " WHERE assignee_id IS NOT NULL",
                "CREATE INDEX conversation_waiting ON conversation (workspace_id, waiting_since, id)"
                " WHERE waiting_since IS NOT NULL",
                "CREATE INDEX contact_tag_tag ON contact_tag (tag_id, contact_id)",
            ],
            reverse_sql=[
                "DROP INDEX conversation_list",
                "DROP INDEX conversation_assigned",
                "DROP INDEX conversation_waiting",
                "DROP INDEX contact_tag_tag",
            ],
        ),
    ]
