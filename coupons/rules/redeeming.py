"""Whether a claim may be redeemed now. The order of the checks is fixed: a revoked coupon never passes
as "already used", and nothing is said about a store before the claim itself is in order.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from coupons.errors import Refusal
from coupons.rules.validity import Span

TRIES = 5
WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=24)
UNDO_WITHIN = timedelta(minutes=10)
ALERT_AT = 50
SHORTEST_HOLD_S, LONGEST_HOLD_S = 10, 900


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """What a till says is being bought; None: it does not say, and nothing is tested."""

    amount: Decimal | None = None
    product: str | None = None


class Redeemable(msgspec.Struct, frozen=True, kw_only=True):
    """A claim at the till. `span` None: never opened where opening starts the clock. `stores` empty:
    every store. `coupon_state` paused: can be neither given nor redeemed. `code_disabled`: its merchant's
    code is worth nothing any more. `frozen_until`: wrong PINs were tried. `units_left`, `contact_left`:
    whether the totals leave room. `held_by`: the till that holds it now.
    """

    state: str
    coupon_state: str
    code_disabled: bool = False
    span: Span | None = None
    stores: frozenset[UUID] = frozenset()
    minimum_spend: Decimal | None = None
    product: str = ""
    frozen_until: datetime | None = None
    units_left: bool = True
    contact_left: bool = True
    held_by: str = ""


class At(msgspec.Struct, frozen=True, kw_only=True):
    """Where it would be redeemed. `any_store`: by the customer, so that no store can be tested; `holder`
    tells tills apart.
    """

    store_id: UUID | None = None
    any_store: bool = False
    holder: str = ""
    purchase: Purchase = Purchase()


def refuse_redemption(claim: Redeemable, at: At, now: datetime) -> Refusal | None:
    """Say why the claim cannot be redeemed there now, None when it can."""
    return (
        refuse_gone(claim)
        or refuse_time(claim, now)
        or _refuse_store(claim, at)
        or (Refusal.ALREADY_REDEEMED if claim.state == "redeemed" else None)
        or _refuse_purchase(claim, at.purchase)
        or _refuse_frozen(claim, now)
        or _refuse_totals(claim)
        or (Refusal.HELD if claim.held_by not in {"", at.holder} else None)
    )


def refuse_gone(claim: Redeemable) -> Refusal | None:
    """Say why the claim is no longer this customer's, whatever the time."""
    if claim.state in {"voided", "released"}:
        return Refusal.VOIDED if claim.state == "voided" else Refusal.RELEASED
    if claim.state == "given_away":
        return Refusal.GIVEN_AWAY
    off = claim.coupon_state == "paused" or claim.code_disabled
    return Refusal.DISABLED if off else None


def refuse_time(claim: Redeemable, now: datetime) -> Refusal | None:
    """Say whether it is too early or too late."""
    phase = claim.span.phase(now) if claim.span is not None else "before"
    if phase == "before":
        return Refusal.NOT_YET_VALID
    return Refusal.EXPIRED if phase == "after" else None


def _refuse_store(claim: Redeemable, at: At) -> Refusal | None:
    holds = at.any_store or not claim.stores or at.store_id in claim.stores
    return None if holds else Refusal.WRONG_STORE


def _refuse_purchase(claim: Redeemable, purchase: Purchase) -> Refusal | None:
    least, amount, product = claim.minimum_spend, purchase.amount, purchase.product
    if least is not None and amount is not None and amount < least:
        return Refusal.MINIMUM_SPEND
    named = product is not None and claim.product != ""
    if named and str(product).strip().casefold() != claim.product.strip().casefold():
        return Refusal.WRONG_PRODUCT
    return None


def _refuse_frozen(claim: Redeemable, now: datetime) -> Refusal | None:
    until = claim.frozen_until
    return Refusal.FROZEN if until is not None and now < until else None


def _refuse_totals(claim: Redeemable) -> Refusal | None:
    if not claim.units_left:
        return Refusal.REDEMPTION_LIMIT
    return None if claim.contact_left else Refusal.CONTACT_REDEMPTION_LIMIT


def refuse_undo(redeemed_at: datetime, now: datetime, *, own: bool) -> Refusal | None:
    """Say why a redemption stays. `own`: by whoever redeemed, or by a manager."""
    if now >= redeemed_at + UNDO_WITHIN:
        return Refusal.UNDO_ENDED
    return None if own else Refusal.NOT_PERMITTED


class PinTries(msgspec.Struct, frozen=True):
    """Wrong PINs since the last wait, waits so far, and until when it waits now."""

    wrong: int = 0
    waits: int = 0
    blocked_until: datetime | None = None

    def blocked(self, now: datetime) -> bool:
        """Say whether no PIN is looked at yet, not even a right one."""
        return self.blocked_until is not None and now < self.blocked_until


def after_wrong_pin(tries: PinTries, now: datetime, allowed: int = TRIES) -> PinTries:
    """Return the tries with one more: the last allowed begins a wait, each wait is twice the one before."""
    if tries.wrong + 1 < allowed:
        return PinTries(tries.wrong + 1, tries.waits, tries.blocked_until)
    wait = min(WAIT * 2 ** min(tries.waits, 20), LONGEST_WAIT)
    return PinTries(0, tries.waits + 1, now + wait)
