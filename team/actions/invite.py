"""Invite somebody to the staff by a link: good once, for a week, with the role its maker chose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.ids import token, token_hash, uuid7
from team.actions.add_member import require_email, require_role
from team.actions.set_stores import STORE_ROLES, require_stores
from team.actions.sign_in_link import Link
from team.audit import Entry, record

INVITATION_LIFE = timedelta(days=7)
TAKEN = "This person is a member already"

MEMBER = "SELECT 1 FROM member WHERE email = $1"
# A newer link to the same address makes the older one useless.
ADD = """
INSERT INTO invitation (id, token_hash, workspace_id, email, role, stores, made_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (workspace_id, email) DO UPDATE SET
  id = excluded.id, token_hash = excluded.token_hash, role = excluded.role, stores = excluded.stores,
  made_by = excluded.made_by, created_at = excluded.created_at, expires_at = excluded.expires_at
"""
RENEW = """
UPDATE invitation SET token_hash = $3, expires_at = $4, made_by = $5 WHERE id = $1 AND workspace_id = $2
RETURNING email
"""
WITHDRAW = "DELETE FROM invitation WHERE id = $1 AND workspace_id = $2 RETURNING email"


class NewInvitation(msgspec.Struct, frozen=True, kw_only=True):
    """Who is invited, as what, and to which stores (of verifiers and sellers only)."""

    workspace_id: UUID
    email: str
    role: str
    stores: Sequence[UUID] = ()


async def invite(
    tx: Connection, new: NewInvitation, now: datetime, *, by: UUID | None = None
) -> Link:
    """Make a link; an older one to the same address ends. Raises Invalid, or NotFound for a strange store."""
    email = require_email(new.email)
    require_role(new.role)
    stores = sorted(set(new.stores)) if new.role in STORE_ROLES else []
    await require_stores(tx, new.workspace_id, stores)
    if await tx.fetchval(MEMBER, email) is not None:
        raise Invalid("email", TAKEN)
    link = Link(token=token(), expires_at=now + INVITATION_LIFE)
    values = (uuid7(), token_hash(link.token), new.workspace_id, email, new.role)
    await tx.execute(ADD, *values, [str(store) for store in stores], by, now, link.expires_at)
    entry = Entry(
        workspace_id=new.workspace_id,
        member_id=by,
        action="member.invited",
        subject=email,
        detail={"role": new.role},
    )
    await record(tx, entry, now)
    return link


async def renew(
    tx: Connection, workspace_id: UUID, invitation_id: UUID, now: datetime, *, by: UUID
) -> Link:
    """Make a new link of an invitation, over or not; the old one ends. Raises NotFound."""
    link = Link(token=token(), expires_at=now + INVITATION_LIFE)
    email = await tx.fetchval(
        RENEW, invitation_id, workspace_id, token_hash(link.token), link.expires_at, by
    )
    await _tell(tx, workspace_id, by, "member.invited", email, now)
    return link


async def withdraw(
    tx: Connection, workspace_id: UUID, invitation_id: UUID, now: datetime, *, by: UUID
) -> None:
    """Take an invitation back; raises NotFound."""
    email = await tx.fetchval(WITHDRAW, invitation_id, workspace_id)
    await _tell(tx, workspace_id, by, "member.invitation_withdrawn", email, now)


async def _tell(
    tx: Connection, workspace_id: UUID, by: UUID, action: str, email: str | None, now: datetime
) -> None:
    if email is None:
        raise NotFound("There is no such invitation")
    entry = Entry(workspace_id=workspace_id, member_id=by, action=action, subject=email)
    await record(tx, entry, now)
