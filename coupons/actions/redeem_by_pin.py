"""Redeem on the customer's phone: a shop's staff enter their PIN.

Five wrong PINs on one claim begin a wait; a wrong PIN never locks a PIN, or customers could lock a shop out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from coupons.actions.redeem import Held, RedeemResult, Till, hold, redeem, told_again
from coupons.errors import Refusal
from coupons.rules.redeeming import PinTries, after_wrong_pin, refuse_redemption
from runtime.database import Connection
from runtime.keys import Keyring
from team.audit import Entry, record

PURPOSE = "staff pin"

PIN = """
SELECT p.id, p.name, p.store_id, s.name AS store_name FROM staff_pin p JOIN store s ON s.id = p.store_id
WHERE p.workspace_id = $1 AND p.pin_hash = ANY ($2::bytea[]) AND p.active
"""
TRIES = "SELECT wrong, waits, blocked_until FROM pin_attempt WHERE claim_id = $1"
REMEMBER = """
INSERT INTO pin_attempt (claim_id, wrong, waits, blocked_until) VALUES ($1, $2, $3, $4)
ON CONFLICT (claim_id) DO UPDATE SET wrong = $2, waits = $3, blocked_until = $4
"""
FORGET = "DELETE FROM pin_attempt WHERE claim_id = $1"


def pin_hashes(keyring: Keyring, workspace_id: UUID, pin: str) -> list[bytes]:
    """Return the forms under which a workspace's PIN is found; the first is the one to store."""
    return keyring.keyed_hashes(PURPOSE, f"{workspace_id}:{pin}")


async def redeem_by_pin(
    tx: Connection, keyring: Keyring, claim_id: UUID, pin: str, key: str, now: datetime
) -> RedeemResult:
    """Redeem with a staff PIN; refusals are values, and wrong tries are remembered: commit either way."""
    held = await hold(tx, claim_id)
    if held is None:
        return RedeemResult(refusal=Refusal.UNKNOWN_CODE)
    if held.facts.state == "redeemed":
        return await told_again(tx, held, key)
    refusal = refuse_redemption(held.facts, None, now)
    if refusal is not None and refusal is not Refusal.WRONG_STORE:
        return RedeemResult(refusal=refusal)
    tries = await _tries(tx, claim_id)
    if tries.blocked(now):
        return RedeemResult(refusal=Refusal.THROTTLED, wait_until=tries.blocked_until)
    found = await tx.fetchrow(
        PIN, held.design.workspace_id, pin_hashes(keyring, held.design.workspace_id, pin)
    )
    if found is None:
        return await _wrong(tx, held, after_wrong_pin(tries, now), now)
    result = await redeem(tx, held, _till(found), key, now)
    if result.refusal is None:
        await tx.execute(FORGET, claim_id)
    return result


async def _tries(tx: Connection, claim_id: UUID) -> PinTries:
    row = await tx.fetchrow(TRIES, claim_id)
    return PinTries(row["wrong"], row["waits"], row["blocked_until"]) if row else PinTries()


def _till(found: Any) -> Till:  # noqa: ANN401 (a database record)
    return Till(
        store_id=found["store_id"],
        store_name=found["store_name"],
        pin_id=found["id"],
        who=found["name"],
    )


async def _wrong(tx: Connection, held: Held, tries: PinTries, now: datetime) -> RedeemResult:
    await tx.execute(REMEMBER, held.id, tries.wrong, tries.waits, tries.blocked_until)
    if not tries.blocked(now) or tries.blocked_until is None:
        return RedeemResult(refusal=Refusal.WRONG_PIN)
    entry = Entry(
        workspace_id=held.design.workspace_id,
        action="claim.pin_wait",
        subject=str(held.id),
        detail={"until": tries.blocked_until.isoformat(), "waits": tries.waits},
    )
    await record(tx, entry, now)
    return RedeemResult(refusal=Refusal.THROTTLED, wait_until=tries.blocked_until)
