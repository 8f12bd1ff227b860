"""Whether a claim may be redeemed now. The order of the checks is fixed: a revoked coupon never passes
as "already used", and nothing is said about a store before the claim itself is in order.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from coupons.errors import Refusal
from coupons.rules.validity import Span

TRIES = 5
WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=24)


class Redeemable(msgspec.Struct, frozen=True, kw_only=True):
    """A claim at the till. `span` None: never opened where opening starts the clock. `stores` empty:
    every store. `coupon_state` paused: can be neither given nor redeemed.
    """

    state: str
    coupon_state: str
    span: Span | None
    stores: frozenset[UUID] = frozenset()


def refuse_redemption(claim: Redeemable, store_id: UUID | None, now: datetime) -> Refusal | None:
    """Say why the claim cannot be redeemed in this store now, None when it can."""
    gone = refuse_gone(claim)
    if gone is not None:
        return gone
    phase = claim.span.phase(now) if claim.span is not None else "before"
    if phase == "before":
        return Refusal.NOT_YET_VALID
    if phase == "after":
        return Refusal.EXPIRED
    if claim.stores and store_id not in claim.stores:
        return Refusal.WRONG_STORE
    return Refusal.ALREADY_REDEEMED if claim.state == "redeemed" else None


def refuse_gone(claim: Redeemable) -> Refusal | None:
    """Say why the claim is no longer this customer's, whatever the time."""
    if claim.state in {"voided", "released"}:
        return Refusal.VOIDED if claim.state == "voided" else Refusal.RELEASED
    if claim.state == "given_away":
        return Refusal.GIVEN_AWAY
    return Refusal.DISABLED if claim.coupon_state == "paused" else None


class PinTries(msgspec.Struct, frozen=True):
    """Wrong PINs on one claim since the last wait, waits so far, and until when it waits now."""

    wrong: int = 0
    waits: int = 0
    blocked_until: datetime | None = None

    def blocked(self, now: datetime) -> bool:
        """Say whether no PIN is looked at yet, not even a right one."""
        return self.blocked_until is not None and now < self.blocked_until


def after_wrong_pin(tries: PinTries, now: datetime) -> PinTries:
    """Return the tries with one more: the fifth begins a wait, each wait is twice the one before."""
    if tries.wrong + 1 < TRIES:
        return PinTries(tries.wrong + 1, tries.waits, tries.blocked_until)
    wait = min(WAIT * 2 ** min(tries.waits, 20), LONGEST_WAIT)
    return PinTries(0, tries.waits + 1, now + wait)
