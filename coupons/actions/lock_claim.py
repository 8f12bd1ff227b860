"""Lock a claim at the till, then read what decides about redeeming it.

Two statements on purpose: what stands beside the claim (a rival's hold, the totals) is read only after the
lock is ours, or it would be as old as the wait for it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.design_facts import COLUMNS, Design, design
from coupons.rules.codes import lookup_keys
from coupons.rules.quota import ALWAYS
from coupons.rules.redeeming import At, Purchase, Redeemable
from coupons.rules.validity import usable
from runtime.database import Connection, Pool
from runtime.live import Change

LOCK = """
SELECT id FROM claim WHERE id = $1 AND ($2::uuid IS NULL OR workspace_id = $2) FOR UPDATE
"""
FACTS = f"""
SELECT k.id AS claim_id, k.number, k.contact_id, k.member_id, k.conversation_id, k.state AS claim_state,
  k.test, EXISTS (SELECT 1 FROM void_job v WHERE v.coupon_id = c.id) AS voiding,
  k.code AS merchant_code, k.issued_at, k.first_opened_at, {COLUMNS},
  (SELECT array_agg(s.store_id) FROM coupon_store s WHERE s.coupon_id = c.id) AS stores,
  (SELECT a.blocked_until FROM pin_attempt a WHERE a.claim_id = k.id) AS frozen_until,
  (c.redemption_limit IS NULL OR k.test OR EXISTS (
    SELECT 1 FROM redemption_unit u WHERE u.coupon_id = c.id AND u.state = 'free')) AS units_left,
  (c.per_contact_redemption_limit IS NULL OR k.test OR c.per_contact_redemption_limit > coalesce((
    SELECT l.count FROM limit_row l WHERE l.coupon_id = c.id
      AND l.subject = 'r:' || k.contact_id AND l.period_start = $3), 0)) AS contact_left,
  coalesce((SELECT h.holder FROM till_hold h
    WHERE h.claim_id = k.id AND h.state = 'held' AND h.expires_at > $2), '') AS held_by
FROM claim k JOIN coupon c ON c.id = k.coupon_id JOIN workspace w ON w.id = c.workspace_id
WHERE k.id = $1
"""  # noqa: S608 (constants)


CODE_OFF = """
SELECT EXISTS (SELECT 1 FROM code
  WHERE workspace_id = $1 AND normalised = ANY ($2::text[]) AND text = $3 AND disabled_at IS NOT NULL)
"""


class Till(msgspec.Struct, frozen=True, kw_only=True):
    """Who redeems and where: `who` and `store_name` are written into the ledger as they read now.

    `via`: pin, self, shop or pos. `holder` tells tills apart where one holds a claim for a while.
    """

    store_id: UUID | None = None
    store_name: str = ""
    member_id: UUID | None = None
    pin_id: UUID | None = None
    who: str = ""
    via: str = "shop"
    holder: str = ""

    def at(self, purchase: Purchase) -> At:
        """Return what the rules ask about the till."""
        return At(
            store_id=self.store_id,
            any_store=self.via == "self",
            holder=self.holder,
            purchase=purchase,
        )


class Locked(msgspec.Struct, frozen=True, kw_only=True):
    """A claim locked (or, for a look, only read) at the till."""

    id: UUID
    row: Any
    design: Design
    facts: Redeemable


async def lock_claim(
    tx: Connection, claim_id: UUID, now: datetime, workspace_id: UUID | None = None
) -> Locked | None:
    """Lock the claim until the transaction ends; None when there is none such (in that workspace)."""
    if await tx.fetchval(LOCK, claim_id, workspace_id) is None:
        return None
    return await read_claim(tx, claim_id, now)


async def read_claim(db: Connection | Pool, claim_id: UUID, now: datetime) -> Locked | None:
    """Read the same facts without a lock: good for showing, not for redeeming."""
    row = await db.fetchrow(FACTS, claim_id, now, ALWAYS)
    if row is None:
        return None
    plan = design(row)
    worthless = bool(row["merchant_code"]) and plan.code_mode != "fixed"
    if worthless:
        code = row["merchant_code"]
        worthless = await db.fetchval(CODE_OFF, plan.workspace_id, lookup_keys(code), code)
    facts = Redeemable(
        state=_state(row),
        coupon_state=plan.state,
        code_disabled=worthless,
        span=usable(plan.validity, row["issued_at"], row["first_opened_at"]),
        stores=frozenset(row["stores"] or ()),
        minimum_spend=plan.minimum_spend,
        product=plan.product,
        frozen_until=row["frozen_until"],
        units_left=row["units_left"],
        contact_left=row["contact_left"],
        held_by=row["held_by"],
    )
    return Locked(id=claim_id, row=row, design=plan, facts=facts)


def _state(row: Any) -> str:  # noqa: ANN401 (a database record)
    """Return the claim's state; one that waits to be revoked with the rest is so at the till already."""
    waits = row["voiding"] and row["claim_state"] == "issued" and not row["test"]
    return "voided" if waits else str(row["claim_state"])


def change(row: Any, state: str) -> Change:  # noqa: ANN401 (a database record)
    """Return what the feed tells about a claim of `lock_claim` or of the opening."""
    detail = {
        "state": state,
        "coupon": str(row["id"]),
        "contact": str(row["contact_id"]),
        "conversation": str(row["conversation_id"]) if row["conversation_id"] else None,
    }
    return Change(row["workspace_id"], "claim", row["claim_id"], detail)
