"""What webhooks tell of claims: the shapes of their bodies, which the API describes."""

from __future__ import annotations

from uuid import UUID

from conversations.webhook_shapes import ToldContact
from runtime.instant import Instant
from team.webhooks.payload import Told


class ToldCoupon(Told, frozen=True, kw_only=True):
    """What a claim is of."""

    id: UUID
    name: str


class ToldStore(Told, frozen=True, kw_only=True):
    """Where a claim was redeemed; null and empty where no store was named."""

    id: UUID | None
    name: str


class ToldRedemption(Told, frozen=True, kw_only=True):
    """The latest act at a till: redeem or undo; `via` is how, `reason` why it was taken back."""

    kind: str
    at: Instant
    store: ToldStore
    via: str
    reason: str


class ToldClaim(Told, frozen=True, kw_only=True):
    """One customer's coupon: neither its number nor its code, nor the address of its page."""

    id: UUID
    coupon: ToldCoupon
    contact: ToldContact
    conversation_id: UUID | None
    member_id: UUID | None
    state: str
    source: str
    trigger: str
    issued_at: Instant
    opened_at: Instant | None
    redeemed_at: Instant | None
    valid_from: Instant | None
    valid_until: Instant | None
    redemption: ToldRedemption | None


class ClaimTold(Told, frozen=True, kw_only=True):
    """Facts of an event about a claim."""

    claim: ToldClaim
