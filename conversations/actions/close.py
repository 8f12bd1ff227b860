"""Close a conversation: it belongs to nobody and the bot answers again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from conversations.actions.mark_read import forget_marks
from conversations.actions.take_over import announce, lock
from conversations.actions.trail import Act, Done, add_to_trail
from runtime.database import Connection
from team.audit import Entry, record

CLOSE = """
UPDATE conversation SET status = 'closed', assignee_id = NULL, waiting_since = NULL, unread = 0,
  snoozed_until = NULL, answered_at = NULL, warned_at = NULL, version = version + 1 WHERE id = ANY ($1::uuid[])
"""


async def close(
    tx: Connection, workspace_id: UUID, conversation_id: UUID, member_id: UUID, now: datetime
) -> None:
    """Close within the caller's transaction; raises NotFound. Closing twice changes nothing."""
    before = await lock(tx, workspace_id, conversation_id)
    if before["status"] == "closed":
        return
    await set_closed(tx, [conversation_id])
    entry = Entry(
        workspace_id=workspace_id,
        member_id=member_id,
        action="conversation.closed",
        subject=str(conversation_id),
        detail={"was": before["status"]},
    )
    await record(tx, entry, now)
    act = Done(conversation_id=conversation_id, act=Act.CLOSED, member_id=member_id)
    await add_to_trail(tx, [act], now)
    await announce(tx, workspace_id, conversation_id, before["version"] + 1, now)


async def set_closed(tx: Connection, conversations: Sequence[UUID]) -> None:
    """Close conversations that the caller has locked; audit, trail and feed are the caller's."""
    await tx.execute(CLOSE, conversations)
    # What was counted begins anew, and with it what each has read of it.
    await forget_marks(tx, conversations)
