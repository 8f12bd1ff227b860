"""Mark a conversation as read."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from conversations.actions.take_over import announce, lock
from runtime.database import Connection


async def mark_read(
    tx: Connection, workspace_id: UUID, conversation_id: UUID, now: datetime
) -> None:
    """Set the unread count to nothing; raises NotFound. Silent when nothing was unread."""
    before = await lock(tx, workspace_id, conversation_id)
    if before["unread"] == 0:
        return
    await tx.execute(
        "UPDATE conversation SET unread = 0, version = version + 1 WHERE id = $1", conversation_id
    )
    await announce(tx, workspace_id, conversation_id, before["version"] + 1, now)
