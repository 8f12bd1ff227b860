"""Give a conversation to a colleague, or to nobody."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from conversations.actions.silence_bot import silence_bot
from conversations.actions.take_over import announce, lock, require_on_list
from conversations.actions.trail import Act, Done, add_to_trail
from runtime.database import Connection
from runtime.errors import Invalid
from team.audit import Entry, record
from team.roles import Right, holders

ASSIGN = """
UPDATE conversation SET assignee_id = $2, version = version + 1,
  status = CASE WHEN $2::uuid IS NULL AND status = 'in_progress' THEN 'waiting'
    WHEN $2::uuid IS NOT NULL AND status IN ('waiting', 'bot', 'closed') THEN 'in_progress'
    ELSE status END,
  waiting_since = CASE WHEN $2::uuid IS NULL AND status = 'in_progress' THEN $3
    WHEN $2::uuid IS NULL THEN waiting_since END
WHERE id = $1
"""
# Shared with whoever deactivates them or changes their role: what they are given before is handed back by that.
COLLEAGUE = """
SELECT name FROM member WHERE id = $1 AND workspace_id = $2 AND active AND role = ANY ($3::text[]) FOR SHARE
"""
STRANGER = "This person is not on the team, or may not answer customers"
WRITERS = holders(Right.WRITE_INBOX)


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """Who gives which conversation to whom; `to` None means to nobody."""

    workspace_id: UUID
    conversation_id: UUID
    by: UUID
    to: UUID | None


async def assign(tx: Connection, new: Assignment, now: datetime) -> None:
    """Carry `new` out in the caller's transaction; raises NotFound, Invalid for a stranger, or Refused for a
    customer who is blocked or erased.
    """
    before = await lock(tx, new.workspace_id, new.conversation_id)
    if before["assignee_id"] == new.to:
        return
    require_on_list(before["shelf"])
    name = ""
    if new.to:
        name = await tx.fetchval(COLLEAGUE, new.to, new.workspace_id, sorted(WRITERS))
        if name is None:
            raise Invalid("member", STRANGER)
        await silence_bot(tx, [new.conversation_id])
    await tx.execute(ASSIGN, new.conversation_id, new.to, now)
    entry = Entry(
        workspace_id=new.workspace_id,
        member_id=new.by,
        action="conversation.assigned",
        subject=str(new.conversation_id),
        detail={"from": str(before["assignee_id"] or ""), "to": str(new.to or "")},
    )
    await record(tx, entry, now)
    done = Done(
        conversation_id=new.conversation_id,
        act=Act.ASSIGNED if new.to else Act.UNASSIGNED,
        member_id=new.by,
        detail={"to": name} if new.to else {},
    )
    await add_to_trail(tx, [done], now)
    await announce(tx, new.workspace_id, new.conversation_id, before["version"] + 1, now)
