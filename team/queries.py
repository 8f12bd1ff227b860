"""What screens read of workspaces and members, as frozen values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from runtime.database import Connection, Database, Pool
from runtime.ids import token_hash
from runtime.live import HEAD_XID, end_of, to_text
from team.features import switched_on

SEEN_GAP = timedelta(minutes=5)

SESSION = f"""
SELECT s.id AS session_id, s.seen_at, s.created_at AS signed_in_at, m.id, m.workspace_id, m.name, m.email,
  m.role, m.language, m.notify, m.notify_sound, m.notify_words, m.inbox_choice, {HEAD_XID} AS head_xid,
  w.name AS workspace_name, w.picture_key AS workspace_picture, w.zone, w.language AS workspace_language, w.features,
  w.two_steps AND s.via = 'password' AND NOT EXISTS (
    SELECT 1 FROM second_step t WHERE t.member_id = m.id AND t.confirmed_at IS NOT NULL) AS must_set_up
FROM session s JOIN member m ON m.id = s.member_id JOIN workspace w ON w.id = m.workspace_id
WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND m.active
"""  # noqa: S608 (our own)
STILL = """
SELECT s.id, m.role FROM session s JOIN member m ON m.id = s.member_id JOIN workspace w ON w.id = m.workspace_id
WHERE s.id = ANY ($1::uuid[]) AND s.ended_at IS NULL AND s.expires_at > $2 AND m.active
  AND NOT (w.two_steps AND s.via = 'password' AND NOT EXISTS (
    SELECT 1 FROM second_step t WHERE t.member_id = m.id AND t.confirmed_at IS NOT NULL))
"""
COLLEAGUES = """
SELECT id, name, email, role, active FROM member WHERE workspace_id = $1 AND active ORDER BY name, id
"""
DEMO = """
SELECT id, name, email, role, active FROM member
WHERE email LIKE '%@demo.example' AND active ORDER BY created_at, id LIMIT 12
"""


NAMES = "SELECT id, name, active FROM member WHERE workspace_id = $1"


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """The member behind a request, and their workspace. `language` may be "" (the browser's choice);
    `features` are those that are on (team.features). `must_set_up`: the workspace asks for two steps at
    sign-in and they have but one, so nothing but setting it up is open to them. `notify`, `notify_sound` and
    `notify_words`: whether their browser tells of new messages, aloud, with the customer's words.
    `inbox_choice`: the query of the inbox's list as they last chose it. `cursor`: the feed's end when the request
    was let in: a page is followed from there.
    """

    session_id: UUID
    id: UUID
    workspace_id: UUID
    name: str
    email: str
    role: str
    language: str
    workspace_name: str
    zone: str
    workspace_language: str
    features: frozenset[str]
    workspace_picture: str = ""
    signed_in_at: datetime
    must_set_up: bool
    notify: bool = False
    notify_sound: bool = True
    notify_words: bool = True
    inbox_choice: str = ""
    cursor: str = ""


class Colleague(msgspec.Struct, frozen=True):
    """A member as others see them."""

    id: UUID
    name: str
    email: str
    role: str
    active: bool


class Named(msgspec.Struct, frozen=True):
    """A member's name, and whether they are still on the team."""

    id: UUID
    name: str
    active: bool


async def viewer(db: Database, token: str, now: datetime) -> Viewer | None:
    """Return who is signed in with a cookie's `token`; None when the session is unknown or over."""
    row = await db.screens.fetchrow(SESSION, token_hash(token), now)
    if row is None:
        return None
    if now - row["seen_at"] > SEEN_GAP:
        await db.screens.execute(
            "UPDATE session SET seen_at = $2 WHERE id = $1", row["session_id"], now
        )
    facts = dict(row) | {"features": switched_on(row["features"])}
    del facts["seen_at"]
    cursor = to_text(end_of(facts.pop("head_xid")))
    return Viewer(**facts, cursor=cursor)


async def roles_of_sessions(
    db: Database, sessions: Collection[UUID], now: datetime
) -> Mapping[UUID, str]:
    """Return the present role of each session's member. A session is left out once it is over, or while it
    opens nothing until its member has set up the second step that the workspace asks for.
    """
    rows = await db.screens.fetch(STILL, list(sessions), now)
    return {row["id"]: row["role"] for row in rows}


async def colleagues(db: Database, workspace_id: UUID) -> Sequence[Colleague]:
    """Return the active members of a workspace by name."""
    return [Colleague(**row) for row in await db.screens.fetch(COLLEAGUES, workspace_id)]


async def member_names(db: Pool | Connection, workspace_id: UUID) -> Mapping[UUID, Named]:
    """Return everybody who is or was on the team, by their id."""
    return {row["id"]: Named(**dict(row)) for row in await db.fetch(NAMES, workspace_id)}


async def demo_logins(db: Database) -> Sequence[Colleague]:
    """Return the demo's members, in the order they were made; empty on a real installation."""
    return [Colleague(**row) for row in await db.screens.fetch(DEMO)]
