"""What a till may ask of POST /api/v1/redemptions, and what it is told: one shape an action."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec

from coupons.rules.redeeming import LONGEST_HOLD_S, SHORTEST_HOLD_S, Purchase
from runtime.instant import Instant

PLAIN = "^[^\\x00]*$"
Number = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=PLAIN)]
Amount = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,10}(\.[0-9]{1,2})?$")]
Words = Annotated[str, msgspec.Meta(max_length=120, pattern=PLAIN)]
Seconds = Annotated[float, msgspec.Meta(ge=SHORTEST_HOLD_S, le=LONGEST_HOLD_S)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$")]


class _Wish(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="action"
):
    """`store_id`: where the till stands; left out where the token belongs to a store. `till` tells the tills
    of one token apart. `amount`, `product`: what is bought, where the coupon asks for it.
    """

    store_id: UUID | None = None
    till: Words = ""
    amount: Amount | None = None
    product: Words | None = None

    def purchase(self) -> Purchase:
        """Return what the till said of the purchase."""
        amount = Decimal(self.amount) if self.amount is not None else None
        return Purchase(amount=amount, product=self.product)


class LookUp(_Wish, frozen=True, kw_only=True, tag="look_up"):
    """Tell about the claim with this number; changes nothing."""

    number: Number


class PlaceHold(_Wish, frozen=True, kw_only=True, tag="hold"):
    """Keep the claim for this till, for so many whole seconds."""

    number: Number
    seconds: Seconds = 120.0


class Confirm(_Wish, frozen=True, kw_only=True, tag="confirm"):
    """Redeem what this till holds."""

    hold_id: UUID


class Release(_Wish, frozen=True, kw_only=True, tag="release"):
    """Let a hold go."""

    hold_id: UUID


class Redeem(_Wish, frozen=True, kw_only=True, tag="redeem"):
    """Redeem at once, without a hold. `simulate`: check everything and change nothing."""

    number: Number
    simulate: bool = False


class Undo(_Wish, frozen=True, kw_only=True, tag="undo"):
    """Take back this token's redemption, within ten minutes."""

    number: Number
    reason: Reason


Wish = LookUp | PlaceHold | Confirm | Release | Redeem | Undo


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a claim was redeemed, and by whom."""

    at: Instant
    store: str
    who: str


class ClaimFacts(msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="claim"):
    """A claim at the till. `refusal`: why it cannot be redeemed here and now, null when it can; `text`
    says it. `stores`: where it holds, empty for everywhere. `valid_until` is the first instant at which it is over.
    """

    claim_id: UUID
    number: str
    coupon: str
    state: str
    valid_from: Instant | None
    valid_until: Instant | None
    stores: tuple[str, ...]
    refusal: str | None
    text: str
    redeemed: Earlier | None


class Held(msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="held"):
    """A hold. `state`: held, confirmed, released or expired."""

    hold_id: UUID
    claim_id: UUID
    state: str
    expires_at: Instant


class Done(msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="redeemed"):
    """The claim is redeemed (or would be: `simulated`)."""

    redeemed: Earlier
    simulated: bool = False


class Released(msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="released"):
    """The hold is over."""

    hold_id: UUID


class Undone(msgspec.Struct, frozen=True, kw_only=True, tag_field="result", tag="undone"):
    """The redemption was taken back; the claim may be used again."""

    undone_at: Instant


WISHES = (LookUp, PlaceHold, Confirm, Release, Redeem, Undo)
TOLD = (ClaimFacts, Held, Done, Released, Undone)
