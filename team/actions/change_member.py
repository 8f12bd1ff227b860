"""Change what a member is: the role, or whether they may sign in at all."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from runtime.database import Connection, Database
from runtime.errors import Invalid, NotFound, Refused
from runtime.live import Change, publish
from team.audit import Entry, record
from team.roles import Role

OTHER_ADMINS = """
SELECT id FROM member WHERE workspace_id = $1 AND role = 'admin' AND active ORDER BY id FOR UPDATE
"""


async def change_role(
    db: Database, member_id: UUID, role: str, now: datetime, *, by: UUID | None = None
) -> None:
    """Give a member another role; their open streams close. The last admin keeps theirs."""
    if role not in set(Role):
        raise Invalid("role", f"{role[:40]!r} is not a role; use one of {', '.join(Role)}")
    async with db.transaction() as tx:
        space = await _lock(tx, member_id, keeps_admin=role == Role.ADMIN)
        await tx.execute("UPDATE member SET role = $2 WHERE id = $1", member_id, role)
        entry = Entry(
            workspace_id=space,
            member_id=by,
            action="member.role_changed",
            subject=str(member_id),
            detail={"role": role},
        )
        await _tell(tx, entry, member_id, now)


async def deactivate(
    db: Database, member_id: UUID, now: datetime, *, by: UUID | None = None
) -> None:
    """Shut a member out: every session ends, open streams close. The last admin stays."""
    async with db.transaction() as tx:
        space = await _lock(tx, member_id, keeps_admin=False)
        await tx.execute("UPDATE member SET active = false WHERE id = $1", member_id)
        await tx.execute(
            "UPDATE session SET ended_at = $2 WHERE member_id = $1 AND ended_at IS NULL",
            member_id,
            now,
        )
        entry = Entry(
            workspace_id=space, member_id=by, action="member.deactivated", subject=str(member_id)
        )
        await _tell(tx, entry, member_id, now)


async def _lock(tx: Connection, member_id: UUID, *, keeps_admin: bool) -> UUID:
    member = await tx.fetchrow("SELECT workspace_id, role FROM member WHERE id = $1", member_id)
    if member is None:
        raise NotFound("There is no such member")
    admins = await tx.fetch(OTHER_ADMINS, member["workspace_id"])
    if not keeps_admin and [row["id"] for row in admins] == [member_id]:
        raise Refused("last_admin", "A workspace needs an admin: name another one first")
    space: UUID = member["workspace_id"]
    return space


async def _tell(tx: Connection, entry: Entry, member_id: UUID, now: datetime) -> None:
    await record(tx, entry, now)
    await publish(tx, [Change(entry.workspace_id, "member", member_id)], now)
