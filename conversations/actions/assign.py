"""Give a conversation to a colleague, or to nobody."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from conversations.actions.take_over import announce, lock
from runtime.database import Connection
from runtime.errors import Invalid
from team.audit import Entry, record

ASSIGN = """
UPDATE conversation SET assignee_id = $2, version = version + 1,
  status = CASE WHEN $2::uuid IS NULL AND status = 'in_progress' THEN 'waiting'
    WHEN $2::uuid IS NOT NULL AND status IN ('waiting', 'bot', 'closed') THEN 'in_progress'
    ELSE status END,
  waiting_since = CASE WHEN $2::uuid IS NULL AND status = 'in_progress' THEN $3 ELSE waiting_since END
WHERE id = $1
"""
COLLEAGUE = "SELECT 1 FROM member WHERE id = $1 AND workspace_id = $2 AND active"


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """Who gives which conversation to whom; `to` None means to nobody."""

    workspace_id: UUID
    conversation_id: UUID
    by: UUID
    to: UUID | None


async def assign(tx: Connection, new: Assignment, now: datetime) -> None:
    """Carry `new` out in the caller's transaction; raises NotFound, or Invalid for a stranger."""
    before = await lock(tx, new.workspace_id, new.conversation_id)
    if before["assignee_id"] == new.to:
        return
    if new.to and not await tx.fetchval(COLLEAGUE, new.to, new.workspace_id):
        raise Invalid("member", "This person is not on the team")
    await tx.execute(ASSIGN, new.conversation_id, new.to, now)
    entry = Entry(
        workspace_id=new.workspace_id,
        member_id=new.by,
        action="conversation.assigned",
        subject=str(new.conversation_id),
        detail={"from": str(before["assignee_id"] or ""), "to": str(new.to or "")},
    )
    await record(tx, entry, now)
    await announce(tx, new.workspace_id, new.conversation_id, before["version"] + 1, now)
