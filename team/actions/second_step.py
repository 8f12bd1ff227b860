"""Set the second step up, renew its recovery codes, turn it off."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from runtime.database import Connection, Database
from runtime.errors import Invalid, NotFound, Refused
from runtime.ids import uuid7
from runtime.keys import Keyring
from runtime.live import Change, publish
from team import throttle
from team.actions.end_sessions import end_quietly
from team.actions.give_code import by_member
from team.actions.own_password import Self
from team.actions.sign_in import Throttled
from team.audit import Entry, record
from team.two_steps import bare_code, matching_step, new_codes, new_secret

SETUP_LIFE = timedelta(hours=1)
WRONG_CODE = "This code does not work. Wait for the next one and type it"

BEGIN = """
INSERT INTO second_step (id, member_id, secret, created_at, last_step) VALUES ($4, $1, $2, $3, 0)
ON CONFLICT (member_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at
WHERE second_step.confirmed_at IS NULL RETURNING 1
"""
PENDING = """
SELECT secret FROM second_step WHERE member_id = $1 AND confirmed_at IS NULL AND created_at > $2
"""
CONFIRM = "UPDATE second_step SET confirmed_at = $2, last_step = $3 WHERE member_id = $1"
IS_ON = "SELECT 1 FROM second_step WHERE member_id = $1 AND confirmed_at IS NOT NULL FOR UPDATE"
OFF = """
DELETE FROM second_step t USING member m
WHERE t.member_id = $1 AND m.id = t.member_id AND m.workspace_id = $2 RETURNING t.confirmed_at
"""


async def begin(tx: Connection, keyring: Keyring, member_id: UUID, now: datetime) -> None:
    """Draw a new secret that is not yet on; raises Refused when the second step is on already."""
    stored = keyring.encrypt(new_secret().encode())
    if await tx.fetchval(BEGIN, member_id, stored, now, uuid7()) is None:
        raise Refused("two_steps_on", "Two steps are on already")


async def pending(tx: Connection, keyring: Keyring, member_id: UUID, now: datetime) -> str | None:
    """Return the secret that waits for its first code; None when none does. It waits for an hour."""
    stored = await tx.fetchval(PENDING, member_id, now - SETUP_LIFE)
    return keyring.decrypt(stored).decode() if stored is not None else None


async def confirm(db: Database, keyring: Keyring, who: Self, code: str, now: datetime) -> list[str]:
    """Turn the second step on by its first code, end the other sessions, and return the recovery codes.

    Raises Refused when nothing was begun, Throttled, or Invalid ("code").
    """
    async with db.transaction() as tx:
        await tx.execute("SELECT 1 FROM member WHERE id = $1 FOR UPDATE", who.member_id)
        secret = await pending(tx, keyring, who.member_id, now)
        if secret is None:
            raise Refused("not_begun", "Begin again: the key was not used for an hour")
        subject = by_member(who.member_id)
        seconds = await throttle.wait_s(tx, [subject], now)
        if seconds:
            raise Throttled(seconds)
        step = matching_step(secret, bare_code(code), now)
        if step is not None:
            await throttle.succeeded(tx, subject)
            await tx.execute(CONFIRM, who.member_id, now, step)
            await end_quietly(tx, who.member_id, who.session_id, now)
            await _tell(tx, (who.workspace_id, who.member_id), who.member_id, "on", now)
            return await new_codes(tx, keyring, who.member_id)
        await throttle.failed(tx, [subject], now)
    raise Invalid("code", WRONG_CODE)


async def renew_codes(tx: Connection, keyring: Keyring, who: Self, now: datetime) -> list[str]:
    """Replace the recovery codes and return the new ones; raises Refused while the second step is off."""
    if await tx.fetchval(IS_ON, who.member_id) is None:
        raise Refused("two_steps_off", "Two steps are off")
    await _tell(tx, (who.workspace_id, who.member_id), who.member_id, "codes_renewed", now)
    return await new_codes(tx, keyring, who.member_id)


async def turn_off(
    tx: Connection, workspace_id: UUID, member_id: UUID, now: datetime, *, by: UUID | None = None
) -> None:
    """Turn a member's second step off and forget its secret and codes; raises NotFound where it is not on."""
    if await tx.fetchval(OFF, member_id, workspace_id) is None:
        raise NotFound("This member uses no second step")
    await tx.execute("DELETE FROM recovery_code WHERE member_id = $1", member_id)
    await tx.execute("DELETE FROM sign_in_step WHERE member_id = $1", member_id)
    await _tell(tx, (workspace_id, member_id), by, "off", now)


async def _tell(
    tx: Connection, whose: tuple[UUID, UUID], by: UUID | None, what: str, now: datetime
) -> None:
    workspace_id, member_id = whose
    entry = Entry(
        workspace_id=workspace_id,
        member_id=by,
        action=f"member.two_steps_{what}",
        subject=str(member_id),
    )
    await record(tx, entry, now)
    await publish(tx, [Change(workspace_id, "member", member_id)], now)
