"""What a till finds under a typed or scanned text: the claim, and whether it could be redeemed there now."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.actions.lock_claim import Locked, Till, read_claim
from coupons.actions.redeem import NOTHING_SAID, Redeemed, last_redemption
from coupons.errors import Refusal
from coupons.rules.codes import lookup_keys, normalise
from coupons.rules.redeeming import UNDO_WITHIN, Purchase, refuse_redemption
from coupons.rules.validity import Span
from runtime.database import Connection, Pool
from runtime.ids import READABLE, normalise_number

LONGEST = 120
NUMBER_LENGTH = 12

BY_NUMBER = "SELECT id FROM claim WHERE workspace_id = $1 AND number = $2"
# Three ways to a merchant's code: of a unit of stock, made for the claim, or one for all of a coupon.
BY_CODE = """
(SELECT k.id, k.state FROM code d JOIN unit u ON u.code_id = d.id JOIN claim k ON k.unit_id = u.id
  WHERE d.workspace_id = $1 AND d.normalised = ANY ($2::text[]) LIMIT 3)
UNION
(SELECT k.id, k.state FROM code d JOIN claim k ON k.id = d.claim_id AND k.code = d.text
  WHERE d.workspace_id = $1 AND d.normalised = ANY ($2::text[]) LIMIT 3)
UNION
(SELECT k.id, k.state FROM coupon c, LATERAL (
    (SELECT id, state FROM claim WHERE coupon_id = c.id AND state = 'issued' AND NOT test LIMIT 2)
    UNION ALL
    (SELECT id, state FROM claim WHERE coupon_id = c.id AND state <> 'issued' AND NOT test LIMIT 2)) k
  WHERE c.workspace_id = $1 AND c.fixed_code <> '' AND c.fixed_code = ANY ($3::text[]))
"""
ABOUT = """
SELECT ct.name AS contact_name,
  (SELECT array_agg(s.name ORDER BY s.name) FROM coupon_store cs JOIN store s ON s.id = cs.store_id
    WHERE cs.coupon_id = $2) AS stores
FROM contact ct WHERE ct.id = $1
"""
LIVE = frozenset({"issued", "redeemed"})


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as a till shows it. `refusal`: why it could not be redeemed there now, None when it could;
    `redeemed` tells the newest redemption, which `undo_until` may be undone. `stores` empty: all of them.
    """

    claim_id: UUID
    number: str
    coupon_id: UUID
    coupon_name: str
    state: str
    test: bool
    span: Span | None
    zone: str
    first_name: str
    stores: tuple[str, ...]
    image_key: str
    refusal: Refusal | None = None
    redeemed: Redeemed | None = None
    undo_until: datetime | None = None


class LookUp(msgspec.Struct, frozen=True, kw_only=True):
    """What a text means. `ambiguous`: a merchant's code that several claims have; the till should ask for
    the coupon's number. Neither: nothing is known under it, and how near it was is not told.
    """

    found: Found | None = None
    ambiguous: bool = False


async def look_up(
    db: Connection | Pool,
    workspace_id: UUID,
    text: str,
    till: Till,
    now: datetime,
    *,
    purchase: Purchase = NOTHING_SAID,
) -> LookUp:
    """Find the claim meant by a number (case, spaces and dashes ignored) or by a merchant's code that
    exactly one live claim has. Writes nothing and locks nothing.
    """
    ids = await _candidates(db, workspace_id, text[:LONGEST].replace("\x00", ""))
    if len(ids) != 1:
        return LookUp(ambiguous=len(ids) > 1)
    claim = await read_claim(db, ids[0], now)
    if claim is None:
        return LookUp()
    return LookUp(found=await _found(db, claim, till, purchase, now))


async def _candidates(db: Connection | Pool, workspace_id: UUID, text: str) -> list[UUID]:
    number = normalise_number(text)
    if len(number) == NUMBER_LENGTH and set(number) <= set(READABLE):
        known = await db.fetchval(BY_NUMBER, workspace_id, number)
        if known is not None:
            return [known]
    folded = normalise(text)
    if not folded:
        return []
    exact = text.strip()
    rows = await db.fetch(BY_CODE, workspace_id, lookup_keys(text), [exact, exact.upper(), folded])
    # A claim still to be redeemed is meant before one that is used up; two of either leave it open.
    for states in (frozenset({"issued"}), LIVE, None):
        ids = [row["id"] for row in rows if states is None or row["state"] in states]
        if ids:
            return ids
    return []


async def _found(
    db: Connection | Pool, claim: Locked, till: Till, purchase: Purchase, now: datetime
) -> Found:
    about: Any = await db.fetchrow(ABOUT, claim.row["contact_id"], claim.design.id)
    story = await last_redemption(db, claim.id) if claim.facts.state == "redeemed" else None
    return Found(
        claim_id=claim.id,
        number=claim.row["number"],
        coupon_id=claim.design.id,
        coupon_name=claim.design.name,
        state=claim.facts.state,
        test=claim.row["test"],
        span=claim.facts.span,
        zone=claim.design.zone,
        first_name=first_name(about["contact_name"]),
        stores=tuple(about["stores"] or ()),
        image_key=claim.design.image_key,
        refusal=refuse_redemption(claim.facts, till.at(purchase), now),
        redeemed=story,
        undo_until=story.at + UNDO_WITHIN if story is not None else None,
    )


def first_name(name: str) -> str:
    """Return how the till may greet a customer: the first word, or a whole name written without spaces."""
    return (name.split() or [""])[0][:40]
