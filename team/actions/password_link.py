"""Links by which a member sets a new password: made by an admin or the operator, good once, for a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from runtime.database import Connection, Database, Pool
from runtime.errors import NotFound
from runtime.ids import token, token_hash, uuid7
from runtime.live import Change, publish
from team.actions.own_password import store_password
from team.actions.sign_in_link import Link
from team.audit import Entry, record
from team.passwords import hash_password, require_acceptable

PASSWORD_LINK_LIFE = timedelta(days=1)

MEMBER = "SELECT id FROM member WHERE id = $1 AND workspace_id = $2 AND active"
# A newer link makes the older one useless.
ADD = """
INSERT INTO password_link (id, token_hash, member_id, made_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (member_id) DO UPDATE SET token_hash = excluded.token_hash,
  made_by = excluded.made_by, created_at = excluded.created_at, expires_at = excluded.expires_at
"""
LOOK = """
SELECT m.email, m.name, w.name AS workspace FROM password_link l JOIN member m ON m.id = l.member_id
JOIN workspace w ON w.id = m.workspace_id WHERE l.token_hash = $1 AND l.expires_at > $2 AND m.active
"""
USE = """
DELETE FROM password_link l USING member m
WHERE l.token_hash = $1 AND l.expires_at > $2 AND m.id = l.member_id AND m.active
RETURNING m.id, m.workspace_id, l.made_by
"""


class Forgetful(msgspec.Struct, frozen=True):
    """Whose password a link sets."""

    email: str
    name: str
    workspace: str


async def make_password_link(
    tx: Connection, workspace_id: UUID, member_id: UUID, now: datetime, *, by: UUID | None = None
) -> Link:
    """Make a link; an older one ends. Raises NotFound for a stranger or a deactivated member."""
    if await tx.fetchval(MEMBER, member_id, workspace_id) is None:
        raise NotFound("There is no such member")
    link = Link(token=token(), expires_at=now + PASSWORD_LINK_LIFE)
    await tx.execute(ADD, uuid7(), token_hash(link.token), member_id, by, now, link.expires_at)
    entry = Entry(
        workspace_id=workspace_id,
        member_id=by,
        action="member.password_link_made",
        subject=str(member_id),
    )
    await record(tx, entry, now)
    return link


async def whose_password(db: Connection | Pool, link_token: str, now: datetime) -> Forgetful | None:
    """Say whose password a link sets; None when it is unknown, used or over. Changes nothing."""
    row = await db.fetchrow(LOOK, token_hash(link_token), now)
    return Forgetful(row["email"], row["name"], row["workspace"]) if row is not None else None


async def use_password_link(db: Database, link_token: str, password: str, now: datetime) -> None:
    """Set the password, use the link up and end all sessions; raises NotFound or Invalid ("password").

    It signs nobody in: who uses two steps still needs the second.
    """
    whose = await whose_password(db.screens, link_token, now)
    if whose is None:
        raise NotFound("This link is over")
    require_acceptable(password, whose.email, whose.name, whose.workspace)
    stored = await hash_password(password)
    async with db.transaction() as tx:
        used = await tx.fetchrow(USE, token_hash(link_token), now)
        if used is None:
            raise NotFound("This link is over")
        await store_password(tx, used["id"], stored, None, now)
        entry = Entry(
            workspace_id=used["workspace_id"],
            member_id=used["id"],
            action="member.password_reset",
            subject=str(used["id"]),
            detail={"link_by": str(used["made_by"] or "")},
        )
        await record(tx, entry, now)
        await publish(tx, [Change(used["workspace_id"], "member", used["id"])], now)
