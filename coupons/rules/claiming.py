"""Whether a coupon may be given out now, before anything scarce is looked at."""

from __future__ import annotations

from datetime import datetime

import msgspec

from coupons.errors import Refusal
from coupons.rules.quota import may_send
from coupons.rules.validity import Span, Validity

STATES: dict[str, Refusal | None] = {
    "draft": Refusal.DRAFT,
    "preparing": Refusal.NOT_STARTED,
    "published": None,
    "paused": Refusal.DISABLED,
    "ended": Refusal.SENDING_ENDED,
    "archived": Refusal.SENDING_ENDED,
}


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What decides whether a coupon is given out. `stock`: False when no free unit is left."""

    purpose: str
    state: str
    sending: Span
    validity: Validity
    stock: bool = True


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What this contact and member took before, and how much they may; None means no limit."""

    contact: int = 0
    contact_limit: int | None = None
    today: int = 0
    daily_limit: int | None = None
    member: int = 0
    quota: int | None = None


def refuse_offer(offer: Offer, at: datetime, *, role: str | None, test: bool) -> Refusal | None:
    """Say why the coupon is not given out at `at`. `role`: the sending member's, None for a bot."""
    if role is not None and not may_send(role, offer.purpose):
        return Refusal.NOT_PERMITTED
    if test:
        return None if offer.state == "draft" else Refusal.DISABLED
    by_state = STATES.get(offer.state, Refusal.ERROR)
    if by_state is not None:
        return by_state
    phase = offer.sending.phase(at)
    if phase == "before":
        return Refusal.NOT_STARTED
    if phase == "after":
        return Refusal.SENDING_ENDED
    return Refusal.EXPIRED if offer.validity.outer.phase(at) == "after" else None


def refuse_taken(taken: Taken, *, stock: bool) -> Refusal | None:
    """Say which limit is reached: the contact's first, then the member's, then the stock."""
    if _reached(taken.contact, taken.contact_limit):
        return Refusal.CONTACT_LIMIT
    if _reached(taken.today, taken.daily_limit):
        return Refusal.CONTACT_DAILY_LIMIT
    if _reached(taken.member, taken.quota):
        return Refusal.MEMBER_QUOTA
    return None if stock else Refusal.SOLD_OUT


def _reached(count: int, limit: int | None) -> bool:
    return limit is not None and count >= limit
