"""A till keeps a claim for itself for a short while: hold, confirm, release; a hold ends by itself.

A hold takes nothing from the totals: confirming may still be refused when those ran out meanwhile.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from coupons.actions.lock_claim import Locked, Till, lock_claim
from coupons.actions.redeem import NOTHING_SAID, Redeemed, RedeemResult, redeem, refused, told_again
from coupons.errors import Refusal
from coupons.rules.redeeming import LONGEST_HOLD_S, SHORTEST_HOLD_S, Purchase, refuse_redemption
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.ids import uuid7

BY_KEY = "SELECT * FROM till_hold WHERE claim_id = $1 AND key = $2"
BY_ID = "SELECT * FROM till_hold WHERE id = $1 AND workspace_id = $2 AND holder = $3"
END_OLD = """
UPDATE till_hold SET state = CASE WHEN expires_at > $2 THEN 'released' ELSE 'expired' END
WHERE claim_id = $1 AND state = 'held'
"""
ADD = """
INSERT INTO till_hold (id, workspace_id, claim_id, holder, store_id, store_name, who, member_id, key,
  created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
RELEASE = """
UPDATE till_hold SET state = 'released'
WHERE id = $1 AND workspace_id = $2 AND holder = $3 AND state = 'held' AND expires_at > $4 RETURNING id
"""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """A claim kept for one till until `expires_at`, unless `state` is no longer held."""

    id: UUID
    claim_id: UUID
    state: str
    expires_at: datetime


class HoldResult(msgspec.Struct, frozen=True, kw_only=True):
    """The hold, or why there is none; `redeemed` tells the earlier redemption with already_redeemed."""

    hold: Hold | None = None
    refusal: Refusal | None = None
    redeemed: Redeemed | None = None


async def place_hold(  # noqa: PLR0913 (what, for whom, under which key, how long, when, for what)
    tx: Connection,
    claim: Locked,
    till: Till,
    key: str,
    seconds: int,
    now: datetime,
    *,
    purchase: Purchase = NOTHING_SAID,
) -> HoldResult:
    """Keep the claim that `lock_claim` locked for `till.holder`; a newer hold of the same till replaces
    its older one. The same `key` returns the first hold as it is now. Raises Invalid (seconds, holder).
    """
    if not SHORTEST_HOLD_S <= seconds <= LONGEST_HOLD_S:
        raise Invalid("seconds", f"Hold for {SHORTEST_HOLD_S} to {LONGEST_HOLD_S} seconds")
    if not till.holder:
        raise Invalid("holder", "Say which till holds the coupon")
    earlier = await tx.fetchrow(BY_KEY, claim.id, key[:80])
    if earlier is not None:
        return _again(earlier, till)
    refusal = refuse_redemption(claim.facts, till.at(purchase), now)
    if refusal is not None:
        told = await refused(tx, claim, refusal)
        return HoldResult(refusal=refusal, redeemed=told.redeemed)
    await tx.execute(END_OLD, claim.id, now)
    hold = Hold(
        id=uuid7(), claim_id=claim.id, state="held", expires_at=now + timedelta(seconds=seconds)
    )
    await tx.execute(
        ADD,
        *(hold.id, claim.design.workspace_id, claim.id, till.holder[:120], till.store_id),
        *(till.store_name[:120], till.who[:120], till.member_id, key[:80], now, hold.expires_at),
    )
    return HoldResult(hold=hold)


async def confirm_hold(  # noqa: PLR0913 (whose, which, under which key, when, for what)
    tx: Connection,
    workspace_id: UUID,
    hold_id: UUID,
    till: Till,
    key: str,
    now: datetime,
    *,
    purchase: Purchase = NOTHING_SAID,
) -> RedeemResult:
    """Redeem what the till holds; raises NotFound for a hold that is over or another till's."""
    row = await tx.fetchrow(BY_ID, hold_id, workspace_id, till.holder)
    claim = await lock_claim(tx, row["claim_id"], now, workspace_id) if row is not None else None
    if claim is None:
        raise _over()
    again = await told_again(tx, claim.id, key)
    if again is not None:
        return again
    row = await tx.fetchrow(BY_ID, hold_id, workspace_id, till.holder)
    if row["state"] != "held" or now >= row["expires_at"]:
        raise _over()
    return await redeem(tx, claim, _as_held(row, till), key, now, purchase=purchase)


async def release_hold(
    tx: Connection, workspace_id: UUID, hold_id: UUID, holder: str, now: datetime
) -> None:
    """Let the claim go; raises NotFound for a hold that is over or another till's."""
    if await tx.fetchval(RELEASE, hold_id, workspace_id, holder, now) is None:
        raise _over()


def _again(row: Any, till: Till) -> HoldResult:  # noqa: ANN401 (a database record)
    if row["holder"] != till.holder:
        return HoldResult(refusal=Refusal.IDEMPOTENCY_CONFLICT)
    return HoldResult(
        hold=Hold(
            id=row["id"],
            claim_id=row["claim_id"],
            state=row["state"],
            expires_at=row["expires_at"],
        )
    )


def _as_held(row: Any, till: Till) -> Till:  # noqa: ANN401 (a database record)
    """Return the till with the store that it named when it took the hold."""
    return msgspec.structs.replace(
        till,
        store_id=row["store_id"],
        store_name=row["store_name"],
        who=till.who or row["who"],
        member_id=till.member_id or row["member_id"],
    )


def _over() -> NotFound:
    return NotFound("There is no such hold, or it is over: look the coupon up again")
