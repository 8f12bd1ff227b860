"""Redeem on the customer's phone: a shop's staff enter their PIN."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from coupons.actions.lock_claim import Locked, lock_claim
from coupons.actions.pin_tries import find_pin, forget_tries
from coupons.actions.redeem import RedeemResult, redeem, refused, told_again
from coupons.errors import Refusal
from coupons.rules.redeeming import At, refuse_redemption
from runtime.database import Connection
from runtime.keys import Keyring


async def redeem_by_pin(  # noqa: PLR0913 (what, with what, under which key, when, on which phone)
    tx: Connection,
    keyring: Keyring,
    claim_id: UUID,
    pin: str,
    key: str,
    now: datetime,
    *,
    device: str = "",
) -> RedeemResult:
    """Redeem with a staff PIN; refusals are values, and wrong tries are remembered: commit either way.

    `device`: what tells the customer's phone apart (at most 40 characters), "" when nothing does.
    """
    claim = await lock_claim(tx, claim_id, now)
    if claim is None:
        return RedeemResult(refusal=Refusal.UNKNOWN_CODE)
    again = await told_again(tx, claim.id, key)
    if again is not None:
        return again
    refusal = _refuse_anywhere(claim, now)
    if refusal is not None:
        return await refused(tx, claim, refusal)
    found = await find_pin(tx, keyring, claim, pin, now, device[:40])
    if found.till is None:
        return RedeemResult(refusal=found.refusal, wait_until=found.wait_until)
    result = await redeem(tx, _unfrozen(claim), found.till, key, now)
    if result.refusal is None:
        await forget_tries(tx, claim_id)
    return result


def _refuse_anywhere(claim: Locked, now: datetime) -> Refusal | None:
    """Say why no PIN need be looked at; the wait after wrong ones is told by the look-up itself."""
    return refuse_redemption(_unfrozen(claim).facts, At(any_store=True), now)


def _unfrozen(claim: Locked) -> Locked:
    facts = msgspec.structs.replace(claim.facts, frozen_until=None)
    return msgspec.structs.replace(claim, facts=facts)
