"""Find whose PIN was entered, and remember the wrong ones.

Wrong PINs count per claim, per contact and device, and per coupon and hour. A PIN itself is never locked, or
customers could lock a shop out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from coupons.actions.lock_claim import Locked, Till
from coupons.errors import Refusal
from coupons.rules.redeeming import ALERT_AT, TRIES, PinTries, after_wrong_pin
from runtime.database import Connection
from runtime.keys import Keyring
from team.audit import Entry, record

PURPOSE = "staff pin"
FORGET = timedelta(hours=24)
HOUR = timedelta(hours=1)

PIN = """
SELECT p.id, p.name, ARRAY[p.store_id] || coalesce((SELECT array_agg(x.store_id ORDER BY s.name, s.id)
    FROM pin_store x JOIN store s ON s.id = x.store_id WHERE x.pin_id = p.id), '{}') AS stores
FROM staff_pin p WHERE p.workspace_id = $1 AND p.pin_hash = ANY ($2::bytea[]) AND p.active
"""
STORE_NAME = "SELECT name FROM store WHERE id = $1"
CLAIM_TRIES = "SELECT wrong, waits, blocked_until FROM pin_attempt WHERE claim_id = $1"
CLAIM_REMEMBER = """
INSERT INTO pin_attempt (claim_id, wrong, waits, blocked_until) VALUES ($1, $2, $3, $4)
ON CONFLICT (claim_id) DO UPDATE SET wrong = $2, waits = $3, blocked_until = $4
"""
CLAIM_FORGET = "DELETE FROM pin_attempt WHERE claim_id = $1"
GUESS_LOCK = """
INSERT INTO pin_guess (subject, at) VALUES ($1, $2)
ON CONFLICT (subject) DO UPDATE SET at = pin_guess.at RETURNING wrong, waits, blocked_until, at
"""
GUESS_REMEMBER = """
UPDATE pin_guess SET wrong = $2, waits = $3, blocked_until = $4, at = $5 WHERE subject = $1
"""
GUESS_WAIT = "SELECT blocked_until FROM pin_guess WHERE subject = $1"
KNOW = """
INSERT INTO pin_guess (subject, at) VALUES ($1, $2) ON CONFLICT (subject) DO UPDATE SET at = $2
"""
KNOWN = "SELECT EXISTS (SELECT 1 FROM pin_guess WHERE subject = $1)"
HOUR_ADD = """
INSERT INTO pin_hour (coupon_id, hour, wrong) VALUES ($1, $2, 1)
ON CONFLICT (coupon_id, hour) DO UPDATE SET wrong = pin_hour.wrong + 1 RETURNING wrong
"""
ALERTED = """
SELECT EXISTS (SELECT 1 FROM pin_hour WHERE coupon_id = $1 AND hour = ANY ($2) AND wrong >= $3)
"""


class FoundPin(msgspec.Struct, frozen=True, kw_only=True):
    """Whose PIN it was, as a till; or wrong_pin, or throttled with the end of the wait."""

    till: Till | None = None
    refusal: Refusal | None = None
    wait_until: datetime | None = None


def pin_hashes(keyring: Keyring, workspace_id: UUID, pin: str) -> list[bytes]:
    """Return the forms under which a workspace's PIN is found; the first is the one to store."""
    return keyring.keyed_hashes(PURPOSE, f"{workspace_id}:{pin}")


async def find_pin(
    tx: Connection, keyring: Keyring, claim: Locked, pin: str, now: datetime, device: str = ""
) -> FoundPin:
    """Look a PIN up for a locked claim; while a wait runs none is looked at, not even a right one.

    `device`: what tells the phone apart, "" when nothing does. Wrong tries are written: commit either way.
    """
    tries = await _tries(tx, claim.id)
    wait = await _wait(tx, claim, tries, device, now)
    if wait is not None:
        return FoundPin(refusal=Refusal.THROTTLED, wait_until=wait)
    workspace = claim.design.workspace_id
    row = await tx.fetchrow(PIN, workspace, pin_hashes(keyring, workspace, pin))
    if row is None:
        return await _wrong(tx, claim, tries, device, now)
    if device:
        await tx.execute(KNOW, _known(workspace, device), now)
    return FoundPin(till=await _till(tx, row, claim))


async def forget_tries(tx: Connection, claim_id: UUID) -> None:
    """Forget the wrong PINs on a claim, once a right one redeemed it."""
    await tx.execute(CLAIM_FORGET, claim_id)


async def _tries(tx: Connection, claim_id: UUID) -> PinTries:
    row = await tx.fetchrow(CLAIM_TRIES, claim_id)
    return PinTries(row["wrong"], row["waits"], row["blocked_until"]) if row else PinTries()


async def _wait(
    tx: Connection, claim: Locked, tries: PinTries, device: str, now: datetime
) -> datetime | None:
    ends = [tries.blocked_until]
    if device:
        ends.append(await tx.fetchval(GUESS_WAIT, _guess(claim, device)))
    return max((end for end in ends if end is not None and now < end), default=None)


async def _till(tx: Connection, row: Any, claim: Locked) -> Till:  # noqa: ANN401 (a database record)
    """Return where the PIN redeems: its own store if the coupon holds there, else another of its stores."""
    stores = claim.facts.stores
    fitting = [store for store in row["stores"] if not stores or store in stores]
    store_id = (fitting or row["stores"])[0]
    name = await tx.fetchval(STORE_NAME, store_id)
    return Till(store_id=store_id, store_name=name, pin_id=row["id"], who=row["name"], via="pin")


async def _wrong(
    tx: Connection, claim: Locked, tries: PinTries, device: str, now: datetime
) -> FoundPin:
    alerted = await _count_hour(tx, claim, now)
    after = after_wrong_pin(tries, now)
    await tx.execute(CLAIM_REMEMBER, claim.id, after.wrong, after.waits, after.blocked_until)
    if after.blocked_until is not None and after.blocked(now):
        detail = {"until": after.blocked_until.isoformat(), "waits": after.waits}
        await _tell(tx, claim, "claim.pin_wait", str(claim.id), detail, now)
    waits = [after.blocked_until]
    if device:
        waits.append(await _count_device(tx, claim, device, now, alerted=alerted))
    until = max((end for end in waits if end is not None and now < end), default=None)
    if until is None:
        return FoundPin(refusal=Refusal.WRONG_PIN)
    return FoundPin(refusal=Refusal.THROTTLED, wait_until=until)


async def _count_device(
    tx: Connection, claim: Locked, device: str, now: datetime, *, alerted: bool
) -> datetime | None:
    """Count a wrong PIN of this contact on this device; a stranger's device waits sooner under an alert."""
    row = await tx.fetchrow(GUESS_LOCK, _guess(claim, device), now)
    tries = PinTries(row["wrong"], row["waits"], row["blocked_until"])
    last = max(row["at"], row["blocked_until"] or row["at"])
    if last < now - FORGET:
        tries = PinTries()
    known = await tx.fetchval(KNOWN, _known(claim.design.workspace_id, device))
    allowed = 1 if alerted and not known else TRIES
    after = after_wrong_pin(tries, now, allowed)
    await tx.execute(
        GUESS_REMEMBER, _guess(claim, device), after.wrong, after.waits, after.blocked_until, now
    )
    return after.blocked_until


async def _count_hour(tx: Connection, claim: Locked, now: datetime) -> bool:
    """Count a wrong PIN of the coupon's hour; return whether this or the last hour saw too many."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    wrong = await tx.fetchval(HOUR_ADD, claim.design.id, hour)
    if wrong == ALERT_AT:
        detail = {"wrong": wrong, "hour": hour.isoformat()}
        await _tell(tx, claim, "coupon.pin_alert", claim.design.name, detail, now)
    return bool(await tx.fetchval(ALERTED, claim.design.id, [hour, hour - HOUR], ALERT_AT))


async def _tell(
    tx: Connection, claim: Locked, action: str, subject: str, detail: dict[str, Any], now: datetime
) -> None:
    entry = Entry(
        workspace_id=claim.design.workspace_id, action=action, subject=subject, detail=detail
    )
    await record(tx, entry, now)


def _guess(claim: Locked, device: str) -> str:
    return f"g:{claim.row['contact_id']}:{device}"[:120]


def _known(workspace_id: UUID, device: str) -> str:
    return f"k:{workspace_id}:{device}"[:120]
