"""Close a conversation: it belongs to nobody and the bot answers again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from conversations.actions.take_over import announce, lock
from runtime.database import Connection
from team.audit import Entry, record

CLOSE = """
UPDATE conversation SET status = 'closed', assignee_id = NULL, waiting_since = NULL, unread = 0,
  version = version + 1 WHERE id = $1
"""


async def close(
    tx: Connection, workspace_id: UUID, conversation_id: UUID, member_id: UUID, now: datetime
) -> None:
    """Close within the caller's transaction; raises NotFound. Closing twice changes nothing."""
    before = await lock(tx, workspace_id, conversation_id)
    if before["status"] == "closed":
        return
    await tx.execute(CLOSE, conversation_id)
    entry = Entry(
        workspace_id=workspace_id,
        member_id=member_id,
        action="conversation.closed",
        subject=str(conversation_id),
        detail={"was": before["status"]},
    )
    await record(tx, entry, now)
    await announce(tx, workspace_id, conversation_id, before["version"] + 1, now)
