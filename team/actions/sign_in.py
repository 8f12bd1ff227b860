"""Sign a member in: check e-mail and password, begin a session, slow down guessing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection, Database
from runtime.errors import Refused
from runtime.ids import token, token_hash, uuid7
from team import throttle
from team.audit import Entry, record
from team.passwords import hash_password, is_outdated, matches
from team.roles import Right, may

SESSION_LIFE = timedelta(days=14)

STEP_LIFE = timedelta(minutes=10)

FIND = """
SELECT m.id, m.workspace_id, m.role, m.password_hash,
  EXISTS (SELECT 1 FROM second_step t WHERE t.member_id = m.id AND t.confirmed_at IS NOT NULL) AS two_steps
FROM member m WHERE m.email = $1 AND m.active
"""
ADD_SESSION = """
INSERT INTO session (id, token_hash, member_id, created_at, seen_at, expires_at, user_agent, address, via)
VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)
"""
ADD_STEP = """
INSERT INTO sign_in_step (id, token_hash, member_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
"""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What was entered, and from where."""

    email: str
    password: str
    address: str
    user_agent: str = ""


class SignedIn(msgspec.Struct, frozen=True):
    """A new session; `token` goes into the cookie and is stored nowhere."""

    token: str
    member_id: UUID
    role: str


class CodeWanted(msgspec.Struct, frozen=True):
    """The password was right and a code of the second step is awaited. `token` goes into a cookie of its own."""

    token: str
    member_id: UUID
    role: str


class Throttled(Refused):
    """Too many failures: try again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__("throttled", "Too many tries")
        self.seconds = seconds


async def sign_in(db: Database, attempt: Attempt, now: datetime) -> SignedIn | CodeWanted:
    """Return a new session, or what the second step begins with (see give_code).

    Raises Throttled, or Refused("wrong_login") without saying which is wrong.
    """
    email = normalise_email(attempt.email)
    subjects = [throttle.by_email(email), throttle.by_address(attempt.address)]
    seconds = await throttle.wait_s(db.screens, subjects, now)
    if seconds:
        raise Throttled(seconds)
    member = await db.screens.fetchrow(FIND, email)
    stored = member["password_hash"] if member else ""
    if not await matches(stored, attempt.password) or not may(member["role"], Right.SIGN_IN):
        await throttle.failed(db.screens, subjects, now)
        raise Refused("wrong_login", "E-mail or password is wrong")
    renewed = await hash_password(attempt.password) if is_outdated(stored) else None
    async with db.transaction() as tx:
        if renewed:
            await tx.execute(
                "UPDATE member SET password_hash = $2 WHERE id = $1", member["id"], renewed
            )
        await throttle.succeeded(tx, subjects[0])
        if member["two_steps"]:
            return await _await_code(tx, member, now)
        return await begin_session(tx, member, attempt.user_agent, now, address=attempt.address)


def normalise_email(email: str) -> str:
    """Return `email` as it is stored."""
    return email.strip().lower()[:254].replace("\x00", "")


async def _await_code(tx: Connection, member: Any, now: datetime) -> CodeWanted:  # noqa: ANN401 (a record)
    secret = token()
    await tx.execute(ADD_STEP, uuid7(), token_hash(secret), member["id"], now, now + STEP_LIFE)
    return CodeWanted(secret, member["id"], member["role"])


async def begin_session(
    tx: Connection,
    member: Any,  # noqa: ANN401 (a database record)
    user_agent: str,
    now: datetime,
    *,
    address: str = "",
    via: str = "password",
) -> SignedIn:
    """Begin a session of a member's record (id, workspace_id, role), within the caller's transaction.

    `via` is "password", or "link" for the one-time link of a verifier.
    """
    secret = token()
    await tx.execute(
        ADD_SESSION,
        uuid7(),
        token_hash(secret),
        member["id"],
        now,
        now + SESSION_LIFE,
        # A header may hold bytes that are no UTF-8; PostgreSQL takes neither those nor U+0000.
        user_agent[:200].encode(errors="replace").decode().replace("\x00", ""),
        address[:64],
        via,
    )
    entry = Entry(
        workspace_id=member["workspace_id"], member_id=member["id"], action="member.signed_in"
    )
    await record(tx, entry, now)
    return SignedIn(secret, member["id"], member["role"])
