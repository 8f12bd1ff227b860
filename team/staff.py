"""What the pages of members and of one's own account show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool
from runtime.errors import NotFound

STAFF = """
SELECT m.id, m.name, m.email, m.role, m.active,
  (SELECT max(s.seen_at) FROM session s WHERE s.member_id = m.id) AS seen_at,
  EXISTS (SELECT 1 FROM second_step t WHERE t.member_id = m.id AND t.confirmed_at IS NOT NULL) AS two_steps,
  coalesce((SELECT array_agg(o.store_id) FROM member_store o WHERE o.member_id = m.id), '{}') AS stores
FROM member m WHERE m.workspace_id = $1 AND ($2::uuid IS NULL OR m.id = $2) ORDER BY m.active DESC, lower(m.name), m.id
"""
INVITATIONS = """
SELECT id, email, role, expires_at FROM invitation WHERE workspace_id = $1 ORDER BY email
"""
ASKED = "SELECT two_steps FROM workspace WHERE id = $1"
SESSIONS = """
SELECT id, user_agent, address, via, created_at, seen_at FROM session
WHERE member_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY seen_at DESC, id DESC
"""
OWN_STEP = """
SELECT t.confirmed_at, (SELECT count(*) FROM recovery_code c WHERE c.member_id = $1 AND c.used_at IS NULL) AS codes
FROM second_step t WHERE t.member_id = $1 AND t.confirmed_at IS NOT NULL
"""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A member as an admin sees them."""

    id: UUID
    name: str
    email: str
    role: str
    active: bool
    seen_at: datetime | None
    two_steps: bool
    stores: Sequence[UUID]


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation nobody has used yet; it may be over."""

    id: UUID
    email: str
    role: str
    expires_at: datetime


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody of a workspace, and whether all must use two steps."""

    people: Sequence[Person]
    invitations: Sequence[Open]
    two_steps: bool


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """A session as its member sees it."""

    id: UUID
    user_agent: str
    address: str
    via: str
    created_at: datetime
    seen_at: datetime


class OwnStep(msgspec.Struct, frozen=True):
    """A second step that is on: since when, and how many recovery codes are left."""

    since: datetime
    codes: int


async def staff_of(pool: Pool, workspace_id: UUID) -> Staff:
    """Return everybody of a workspace: the active by name, then the others, then who is invited."""
    people = [Person(**dict(row)) for row in await pool.fetch(STAFF, workspace_id, None)]
    invitations = [Open(**dict(row)) for row in await pool.fetch(INVITATIONS, workspace_id)]
    asked = await pool.fetchval(ASKED, workspace_id)
    return Staff(people=people, invitations=invitations, two_steps=bool(asked))


async def person(db: Connection | Pool, workspace_id: UUID, member_id: UUID) -> Person:
    """Return one member of a workspace; raises NotFound."""
    row = await db.fetchrow(STAFF, workspace_id, member_id)
    if row is None:
        raise NotFound("There is no such member")
    return Person(**dict(row))


async def sessions_of(pool: Pool, member_id: UUID, now: datetime) -> Sequence[Seat]:
    """Return a member's open sessions, the one seen last first."""
    return [Seat(**dict(row)) for row in await pool.fetch(SESSIONS, member_id, now)]


async def own_step(db: Connection | Pool, member_id: UUID) -> OwnStep | None:
    """Return a member's second step; None while it is off."""
    row = await db.fetchrow(OWN_STEP, member_id)
    return OwnStep(row["confirmed_at"], row["codes"]) if row is not None else None
