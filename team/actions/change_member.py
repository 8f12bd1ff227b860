"""Change what a member is: the role, or whether they may sign in at all.

What these leave open of conversations is handed back by conversations.actions.leave, which calls them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from runtime.database import Connection
from runtime.errors import NotFound, Refused
from runtime.live import Change, publish
from team.actions.add_member import require_role
from team.actions.end_sessions import end_quietly
from team.actions.set_stores import STORE_ROLES
from team.audit import Entry, record
from team.roles import Role

MEMBER = "SELECT role, active FROM member WHERE id = $1 AND workspace_id = $2"
# Whoever changes an admin holds the rows of all of them: two at once cannot each leave the other as the last.
OTHER_ADMINS = """
SELECT id FROM member WHERE workspace_id = $1 AND role = 'admin' AND active ORDER BY id FOR UPDATE
"""
LOCK = "SELECT role, active FROM member WHERE id = $1 FOR UPDATE"
# The unused links of one who was an admin, or is shut out, let nobody in.
END_MADE = (
    "DELETE FROM invitation WHERE made_by = $1",
    "DELETE FROM password_link WHERE made_by = $1",
    "DELETE FROM sign_in_link WHERE made_by = $1",
)
END_OWN = (
    "DELETE FROM password_link WHERE member_id = $1",
    "DELETE FROM sign_in_link WHERE member_id = $1",
)


async def change_role(
    tx: Connection,
    workspace_id: UUID,
    member_id: UUID,
    role: str,
    now: datetime,
    *,
    by: UUID | None = None,
) -> str:
    """Give a member another role and return the old; their open streams close. The last admin keeps theirs.

    Raises NotFound, Invalid ("role"), or Refused("last_admin").
    """
    before = await _lock(tx, workspace_id, member_id, keeps_admin=role == Role.ADMIN)
    require_role(role)
    old: str = before["role"]
    if old == role:
        return old
    await tx.execute("UPDATE member SET role = $2 WHERE id = $1", member_id, role)
    if role not in STORE_ROLES:
        await tx.execute("DELETE FROM member_store WHERE member_id = $1", member_id)
    await _run(tx, END_MADE, member_id)
    entry = Entry(
        workspace_id=workspace_id,
        member_id=by,
        action="member.role_changed",
        subject=str(member_id),
        detail={"from": old, "role": role},
    )
    await _tell(tx, entry, member_id, now)
    return old


async def deactivate(
    tx: Connection, workspace_id: UUID, member_id: UUID, now: datetime, *, by: UUID | None = None
) -> None:
    """Shut a member out: every session ends, open streams close, their links end. The last admin stays.

    Raises NotFound or Refused("last_admin"); shutting out twice changes nothing.
    """
    before = await _lock(tx, workspace_id, member_id, keeps_admin=False)
    if not before["active"]:
        return
    await tx.execute("UPDATE member SET active = false WHERE id = $1", member_id)
    await end_quietly(tx, member_id, None, now)
    await _run(tx, END_MADE + END_OWN, member_id)
    entry = Entry(
        workspace_id=workspace_id, member_id=by, action="member.deactivated", subject=str(member_id)
    )
    await _tell(tx, entry, member_id, now)


async def reactivate(
    tx: Connection, workspace_id: UUID, member_id: UUID, now: datetime, *, by: UUID | None = None
) -> None:
    """Let a member in again, with the role and password they had; raises NotFound."""
    before = await _lock(tx, workspace_id, member_id, keeps_admin=True)
    if before["active"]:
        return
    await tx.execute("UPDATE member SET active = true WHERE id = $1", member_id)
    entry = Entry(
        workspace_id=workspace_id, member_id=by, action="member.reactivated", subject=str(member_id)
    )
    await _tell(tx, entry, member_id, now)


async def _lock(tx: Connection, workspace_id: UUID, member_id: UUID, *, keeps_admin: bool) -> Any:  # noqa: ANN401 (a record)
    if await tx.fetchrow(MEMBER, member_id, workspace_id) is None:
        raise NotFound("There is no such member")
    admins = await tx.fetch(OTHER_ADMINS, workspace_id)
    if not keeps_admin and [row["id"] for row in admins] == [member_id]:
        raise Refused("last_admin", "A workspace needs an admin: name another one first")
    return await tx.fetchrow(LOCK, member_id)


async def _run(tx: Connection, queries: Sequence[str], member_id: UUID) -> None:
    for query in queries:
        await tx.execute(query, member_id)


async def _tell(tx: Connection, entry: Entry, member_id: UUID, now: datetime) -> None:
    await record(tx, entry, now)
    await publish(tx, [Change(entry.workspace_id, "member", member_id)], now)
