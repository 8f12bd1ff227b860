"""The second step of signing in: a code of the authenticator, or a recovery code."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from runtime.database import Database
from runtime.errors import NotFound, Refused
from runtime.ids import token_hash
from runtime.keys import Keyring
from team import throttle
from team.actions.sign_in import SignedIn, Throttled, begin_session
from team.audit import Entry, record
from team.two_steps import accept

# The member's row of the second step is locked: tries at the same time are judged one after the other.
FIND = """
SELECT m.id, m.workspace_id, m.role, t.secret FROM sign_in_step p
JOIN member m ON m.id = p.member_id JOIN second_step t ON t.member_id = m.id
WHERE p.token_hash = $1 AND p.expires_at > $2 AND m.active AND t.confirmed_at IS NOT NULL FOR UPDATE OF t
"""
OPEN = "SELECT 1 FROM sign_in_step WHERE token_hash = $1 AND expires_at > $2"
USE = "DELETE FROM sign_in_step WHERE token_hash = $1 OR expires_at < $2 RETURNING token_hash"


class CodeAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed, the token that sign_in returned, and from where."""

    token: str
    code: str
    address: str
    user_agent: str = ""


def by_member(member_id: UUID) -> throttle.Subject:
    """Return the subject of one member's codes: whoever tries them knows the password already."""
    return throttle.Subject(f"code:{member_id}", 5, 300.0)


async def is_open(db: Database, step: str, now: datetime) -> bool:
    """Say whether a second step is awaited under the token `step`."""
    return await db.screens.fetchval(OPEN, token_hash(step), now) is not None


async def give_code(
    db: Database, keyring: Keyring, attempt: CodeAttempt, now: datetime
) -> SignedIn:
    """Return a new session; raises NotFound when the step is over, Throttled, or Refused("wrong_code")."""
    key = token_hash(attempt.token)
    async with db.transaction() as tx:
        member = await tx.fetchrow(FIND, key, now)
        if member is None:
            raise NotFound("Sign in again")
        subjects = [by_member(member["id"]), throttle.by_address(attempt.address)]
        seconds = await throttle.wait_s(tx, subjects, now)
        if seconds:
            raise Throttled(seconds)
        if await accept(tx, keyring, member, attempt.code, now):
            gone = await tx.fetch(USE, key, now)
            if key not in {row["token_hash"] for row in gone}:
                raise NotFound("Sign in again")
            await throttle.succeeded(tx, subjects[0])
            return await begin_session(tx, member, attempt.user_agent, now, address=attempt.address)
        await throttle.failed(tx, subjects, now)
        entry = Entry(
            workspace_id=member["workspace_id"],
            member_id=member["id"],
            action="member.code_refused",
        )
        await record(tx, entry, now)
    raise Refused("wrong_code", "This code does not work")
