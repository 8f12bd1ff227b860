"""A member leaves, or no longer answers customers: the conversations they had go back to all.

What they were answering waits again for a person; what sleeps keeps sleeping and wakes as nobody's.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from conversations.actions.trail import Act, Done, add_to_trail
from runtime.database import Connection
from runtime.live import Change, publish
from team.actions.change_member import change_role, deactivate
from team.audit import Entry, record
from team.roles import Right, may

HAND_BACK = """
WITH theirs AS (
  SELECT id FROM conversation WHERE workspace_id = $1 AND assignee_id = $2 ORDER BY id FOR UPDATE)
UPDATE conversation c SET assignee_id = NULL, version = c.version + 1,
  waiting_since = CASE WHEN c.status = 'in_progress' THEN $3 ELSE c.waiting_since END,
  status = CASE WHEN c.status = 'in_progress' THEN 'waiting' ELSE c.status END
FROM theirs WHERE c.id = theirs.id RETURNING c.id, c.version
"""


async def deactivate_member(
    tx: Connection, workspace_id: UUID, member_id: UUID, now: datetime, *, by: UUID | None = None
) -> int:
    """Shut a member out and return how many conversations went back; raises as team's deactivate."""
    await deactivate(tx, workspace_id, member_id, now, by=by)
    return await hand_back(tx, workspace_id, member_id, now, by=by)


async def give_role(
    tx: Connection,
    workspace_id: UUID,
    member_id: UUID,
    role: str,
    now: datetime,
    *,
    by: UUID | None = None,
) -> int:
    """Change a member's role and return how many conversations went back: those of one who may not answer now."""
    await change_role(tx, workspace_id, member_id, role, now, by=by)
    if may(role, Right.WRITE_INBOX):
        return 0
    return await hand_back(tx, workspace_id, member_id, now, by=by)


async def hand_back(
    tx: Connection, workspace_id: UUID, member_id: UUID, now: datetime, *, by: UUID | None = None
) -> int:
    """Take all of a member's conversations from them and return how many there were."""
    given = await tx.fetch(HAND_BACK, workspace_id, member_id, now)
    for row in given:
        entry = Entry(
            workspace_id=workspace_id,
            member_id=by,
            action="conversation.assigned",
            subject=str(row["id"]),
            detail={"from": str(member_id), "to": ""},
        )
        await record(tx, entry, now)
    acts = [Done(conversation_id=row["id"], act=Act.UNASSIGNED, member_id=by) for row in given]
    await add_to_trail(tx, acts, now)
    changes = [
        Change(workspace_id, "conversation", row["id"], {"version": row["version"]})
        for row in given
    ]
    await publish(tx, changes, now)
    return len(given)
