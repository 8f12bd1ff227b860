"""Redeem a claim, once: at a till by a member or a POS, by a staff PIN, or by the customer's own button.

The order of the checks is that of `coupons.rules.redeeming`. The claim's row is locked, so of parallel taps
one redeems and the others are told when and where. The algorithm with its picture: `docs/rules/redemption.md`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from conversations.actions.tag import TagPut, put_tags
from coupons.actions.lock_claim import Locked, Till, change, lock_claim
from coupons.actions.take_redemption import take_redemption
from coupons.errors import Refusal
from coupons.rules.redeeming import Purchase, refuse_redemption
from runtime.database import Connection, Pool
from runtime.ids import uuid7
from runtime.live import publish

NOTHING_SAID = Purchase()

LEDGER = """
SELECT r.*, (SELECT u.at FROM redemption u WHERE u.claim_id = r.claim_id AND u.undoes = r.id) AS undone_at
FROM redemption r WHERE r.claim_id = $1 AND ($2::text IS NULL OR r.key = $2) AND
  ($2::text IS NOT NULL OR r.kind = 'redeem') ORDER BY r.at DESC, r.id DESC LIMIT 1
"""
MARK = "UPDATE claim SET state = 'redeemed', redeemed_at = $2 WHERE id = $1 AND state = 'issued'"
HOLDS_END = """
UPDATE till_hold SET state = CASE WHEN expires_at > $2 THEN 'confirmed' ELSE 'expired' END
WHERE claim_id = $1 AND state = 'held'
"""
WRITE = """
INSERT INTO redemption (id, workspace_id, claim_id, kind, store_id, store_name, member_id, pin_id, who, key,
  at, via)
VALUES ($1, $2, $3, 'redeem', $4, $5, $6, $7, $8, $9, $10, $11)
"""


class Redeemed(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a claim was redeemed, and by whom. `id`: the ledger's row, None in a simulation;
    `member_id`: None for a PIN, a POS and the customer; `undone_at`: when it was taken back.
    """

    at: datetime
    store_name: str
    who: str
    id: UUID | None = None
    member_id: UUID | None = None
    undone_at: datetime | None = None


class RedeemResult(msgspec.Struct, frozen=True, kw_only=True):
    """`redeemed` without `refusal`: done (by this tap, now or before; a simulation: it would be).

    With `already_redeemed`, `redeemed` tells the earlier one. `wait_until`: when a PIN may be tried again.
    """

    redeemed: Redeemed | None = None
    refusal: Refusal | None = None
    wait_until: datetime | None = None


async def redeem(  # noqa: PLR0913 (what, where, under which key, when, for what)
    tx: Connection,
    claim: Locked,
    till: Till,
    key: str,
    now: datetime,
    *,
    purchase: Purchase = NOTHING_SAID,
    simulate: bool = False,
) -> RedeemResult:
    """Redeem the claim that `lock_claim` locked, in the same transaction; refusals are values.

    `key` (1 to 80 characters) names the tap: sent again it returns the first result, even after an undo.
    `simulate` checks and writes nothing.
    """
    again = None if simulate else await told_again(tx, claim.id, key)
    if again is not None:
        return again
    refusal = refuse_redemption(claim.facts, till.at(purchase), now)
    if refusal is not None:
        return await refused(tx, claim, refusal)
    if simulate:
        return RedeemResult(redeemed=Redeemed(at=now, store_name=till.store_name, who=till.who))
    refusal = await take_redemption(tx, claim)
    if refusal is not None:
        return RedeemResult(refusal=refusal)
    return RedeemResult(redeemed=await _write(tx, claim, till, key, now))


async def redeem_myself(tx: Connection, claim_id: UUID, key: str, now: datetime) -> RedeemResult:
    """Redeem by the customer's own button, where the coupon's `redeem_mode` is self.

    No store is tested, for nobody tells it; a coupon of one store notes that one.
    """
    claim = await lock_claim(tx, claim_id, now)
    if claim is None:
        return RedeemResult(refusal=Refusal.UNKNOWN_CODE)
    if claim.design.redeem_mode != "self":
        return RedeemResult(refusal=Refusal.NOT_PERMITTED)
    store_id = next(iter(claim.facts.stores)) if len(claim.facts.stores) == 1 else None
    name = await tx.fetchval("SELECT name FROM store WHERE id = $1", store_id) if store_id else ""
    till = Till(store_id=store_id, store_name=name or "", via="self")
    return await redeem(tx, claim, till, key, now)


async def told_again(tx: Connection, claim_id: UUID, key: str) -> RedeemResult | None:
    """Return the first result of a tap that was here before; None for a new one."""
    row = await tx.fetchrow(LEDGER, claim_id, key[:80])
    if row is None:
        return None
    if row["kind"] != "redeem":
        return RedeemResult(refusal=Refusal.IDEMPOTENCY_CONFLICT)
    return RedeemResult(redeemed=_story(row))


async def refused(db: Connection | Pool, claim: Locked, refusal: Refusal) -> RedeemResult:
    """Return a refusal; an earlier redemption is told with it."""
    story = None
    if refusal is Refusal.ALREADY_REDEEMED:
        story = await last_redemption(db, claim.id)
    return RedeemResult(refusal=refusal, redeemed=story)


async def last_redemption(db: Connection | Pool, claim_id: UUID) -> Redeemed | None:
    """Return the newest redemption of a claim, undone or not; None when there was none."""
    row = await db.fetchrow(LEDGER, claim_id, None)
    return _story(row) if row is not None else None


async def _write(tx: Connection, claim: Locked, till: Till, key: str, now: datetime) -> Redeemed:
    status = await tx.execute(MARK, claim.id, now)
    if status != "UPDATE 1":
        raise AssertionError("a locked claim changed its state under its lock")
    story = Redeemed(
        id=uuid7(),
        at=now,
        store_name=till.store_name[:120],
        who=till.who[:120],
        member_id=till.member_id,
    )
    await tx.execute(
        WRITE,
        *(story.id, claim.design.workspace_id, claim.id, till.store_id, story.store_name),
        *(till.member_id, till.pin_id, story.who, key[:80], now, till.via),
    )
    await tx.execute(HOLDS_END, claim.id, now)
    if not claim.row["test"]:
        contact = claim.row["contact_id"]
        tag = TagPut(claim.design.workspace_id, contact, claim.design.tag_on_redeem, "redeem")
        await put_tags(tx, [tag], now)
    await publish(tx, [change(claim.row, "redeemed")], now)
    return story


def _story(row: Any) -> Redeemed:  # noqa: ANN401 (a database record)
    return Redeemed(
        id=row["id"],
        member_id=row["member_id"],
        at=row["at"],
        store_name=row["store_name"],
        who=row["who"],
        undone_at=row["undone_at"],
    )
