"""A member proves who they are by their password once more, or changes it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from runtime.database import Connection, Database
from runtime.errors import Invalid
from runtime.live import Change, publish
from team import throttle
from team.actions.end_sessions import end_quietly
from team.actions.sign_in import Throttled
from team.audit import Entry, record
from team.passwords import hash_password, matches, require_acceptable

WRONG = "This is not your password"
SAME = "This is the password you have; choose another"

STORED = """
SELECT m.password_hash, m.email, m.name, w.name AS workspace FROM member m JOIN workspace w ON w.id = m.workspace_id
WHERE m.id = $1
"""
STORE = "UPDATE member SET password_hash = $2 WHERE id = $1"
END_LINKS = "DELETE FROM password_link WHERE member_id = $1"


class Self(msgspec.Struct, frozen=True, kw_only=True):
    """The member who acts on their own account, in one of their sessions."""

    workspace_id: UUID
    member_id: UUID
    session_id: UUID


async def require_password(db: Database, member_id: UUID, password: str, now: datetime) -> None:
    """Raise Invalid unless this is the member's password, and Throttled after a few wrong ones."""
    subject = throttle.Subject(f"own-password:{member_id}", 5, 30.0)
    seconds = await throttle.wait_s(db.screens, [subject], now)
    if seconds:
        raise Throttled(seconds)
    stored = await db.screens.fetchval("SELECT password_hash FROM member WHERE id = $1", member_id)
    if not await matches(stored or "", password):
        await throttle.failed(db.screens, [subject], now)
        raise Invalid("old", WRONG)
    await throttle.succeeded(db.screens, subject)


async def change_password(db: Database, who: Self, old: str, new: str, now: datetime) -> None:
    """Set a new password and end the member's other sessions; raises Invalid ("old", "password") or Throttled."""
    await require_password(db, who.member_id, old, now)
    known = await db.screens.fetchrow(STORED, who.member_id)
    require_acceptable(new, known["email"], known["name"], known["workspace"])
    if new == old:
        raise Invalid("password", SAME)
    stored = await hash_password(new)
    async with db.transaction() as tx:
        await store_password(tx, who.member_id, stored, who.session_id, now)
        await tx.execute(END_LINKS, who.member_id)
        entry = Entry(
            workspace_id=who.workspace_id,
            member_id=who.member_id,
            action="member.password_changed",
            subject=str(who.member_id),
        )
        await record(tx, entry, now)
        await publish(tx, [Change(who.workspace_id, "member", who.member_id)], now)


async def store_password(
    tx: Connection, member_id: UUID, stored: str, keep: UUID | None, now: datetime
) -> None:
    """Give a member the password of this hash and end all their sessions but `keep`."""
    await tx.execute(STORE, member_id, stored)
    await end_quietly(tx, member_id, keep, now)
