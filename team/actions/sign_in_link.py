"""One-time links that sign a verifier in on their own phone: made by a manager, good once, for a short while."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from runtime.database import Connection
from runtime.errors import NotFound, Refused
from runtime.ids import token, token_hash, uuid7
from team.actions.sign_in import SignedIn, begin_session
from team.audit import Entry, record
from team.roles import Role

LINK_LIFE = timedelta(minutes=15)

MEMBER = """
SELECT id, role FROM member WHERE id = $1 AND workspace_id = $2 AND active
"""
# A newer link makes the older ones of the same person useless.
END_OLD = "DELETE FROM sign_in_link WHERE member_id = $1 OR expires_at < $2::timestamptz - interval '1 day'"
ADD = """
INSERT INTO sign_in_link (id, token_hash, member_id, made_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6)
"""
LOOK = """
SELECT m.name, w.name AS workspace FROM sign_in_link l JOIN member m ON m.id = l.member_id
JOIN workspace w ON w.id = m.workspace_id
WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND m.active
  AND m.role = 'verifier'
"""
USE = """
UPDATE sign_in_link l SET used_at = $2 FROM member m
WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND m.id = l.member_id AND m.active
  AND m.role = 'verifier'
RETURNING m.id, m.workspace_id, m.role
"""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """The token that goes into the link and is stored nowhere, and until when it is good."""

    token: str
    expires_at: datetime


class Invited(msgspec.Struct, frozen=True):
    """Whom a link signs in, and where."""

    name: str
    workspace: str


async def make_link(
    tx: Connection, workspace_id: UUID, member_id: UUID, now: datetime, *, by: UUID
) -> Link:
    """Make a verifier's link; older ones end. Raises NotFound, or Refused for any other role: a link
    must not give its maker more than they have.
    """
    member = await tx.fetchrow(MEMBER, member_id, workspace_id)
    if member is None:
        raise NotFound("There is no such member")
    if member["role"] != Role.VERIFIER:
        raise Refused("not_a_verifier", "Only verifiers sign in by a link")
    link = Link(token=token(), expires_at=now + LINK_LIFE)
    await tx.execute(END_OLD, member_id, now)
    await tx.execute(ADD, uuid7(), token_hash(link.token), member_id, by, now, link.expires_at)
    entry = Entry(
        workspace_id=workspace_id,
        member_id=by,
        action="member.link_made",
        subject=str(member_id),
    )
    await record(tx, entry, now)
    return link


async def whose_link(tx: Connection, link_token: str, now: datetime) -> Invited | None:
    """Say whom a link would sign in; None when it is unknown, used or over. Changes nothing."""
    row = await tx.fetchrow(LOOK, token_hash(link_token), now)
    return Invited(row["name"], row["workspace"]) if row is not None else None


async def use_link(
    tx: Connection, link_token: str, user_agent: str, now: datetime
) -> SignedIn | None:
    """Begin a session with a link and use it up; None when it is unknown, used or over."""
    member = await tx.fetchrow(USE, token_hash(link_token), now)
    if member is None:
        return None
    return await begin_session(tx, member, user_agent, now, via="link")
