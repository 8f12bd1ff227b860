"""An invited person joins the staff: their name, their password, and they are signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from runtime.database import Connection, Database, Pool
from runtime.errors import Invalid, NotFound
from runtime.ids import token_hash, uuid7
from team.actions.add_member import ADD
from team.actions.invite import TAKEN
from team.actions.set_stores import STORE_ROLES, known_stores, set_stores
from team.actions.sign_in import SignedIn, begin_session
from team.audit import Entry, record
from team.names import clean_name
from team.passwords import hash_password, require_acceptable

NAMELESS = "Write your name"
OVER = "This invitation is over"

LOOK = """
SELECT i.email, i.role, w.name AS workspace FROM invitation i JOIN workspace w ON w.id = i.workspace_id
WHERE i.token_hash = $1 AND i.expires_at > $2
"""
USE = """
DELETE FROM invitation WHERE token_hash = $1 AND expires_at > $2
RETURNING workspace_id, email, role, stores, made_by
"""


class Invited(msgspec.Struct, frozen=True):
    """Who is invited, as what, and where."""

    email: str
    role: str
    workspace: str


class Joining(msgspec.Struct, frozen=True, kw_only=True):
    """What the invited person enters, and from where."""

    token: str
    name: str
    password: str
    language: str = ""
    address: str = ""
    user_agent: str = ""


async def whose_invitation(db: Connection | Pool, link: str, now: datetime) -> Invited | None:
    """Say whom a link invites; None when it is unknown, used or over. Changes nothing."""
    row = await db.fetchrow(LOOK, token_hash(link), now)
    return Invited(row["email"], row["role"], row["workspace"]) if row is not None else None


async def join(db: Database, new: Joining, now: datetime) -> SignedIn:
    """Add the invited member, use the link up and begin a session.

    Raises NotFound when the link is over, or Invalid ("name", "password", "email").
    """
    invited = await whose_invitation(db.screens, new.token, now)
    if invited is None:
        raise NotFound(OVER)
    name = clean_name(new.name)
    if not name:
        raise Invalid("name", NAMELESS)
    require_acceptable(new.password, invited.email, name, invited.workspace)
    stored = await hash_password(new.password)
    try:
        async with db.transaction() as tx:
            used = await tx.fetchrow(USE, token_hash(new.token), now)
            if used is None:
                raise NotFound(OVER)
            return await _add(tx, new, (name, stored), used, now)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("email", TAKEN) from error


async def _add(
    tx: Connection,
    new: Joining,
    person: tuple[str, str],
    used: Any,  # noqa: ANN401 (a database record)
    now: datetime,
) -> SignedIn:
    key, space = uuid7(), used["workspace_id"]
    facts = (used["email"], person[0], used["role"], person[1], new.language[:16])
    await tx.execute(ADD, key, space, *facts, now)
    if used["role"] in STORE_ROLES:
        wanted = [UUID(store) for store in used["stores"]]
        await set_stores(tx, space, key, await known_stores(tx, space, wanted), now)
    entry = Entry(
        workspace_id=space,
        member_id=key,
        action="member.joined",
        subject=used["email"],
        detail={"role": used["role"], "invited_by": str(used["made_by"] or "")},
    )
    await record(tx, entry, now)
    member = {"id": key, "workspace_id": space, "role": used["role"]}
    return await begin_session(tx, member, new.user_agent, now, address=new.address)
