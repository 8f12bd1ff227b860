"""Redeem a claim, once: at a till by a member, or on the customer's phone by a staff PIN.

The order of the checks is that of `coupons.rules.redeeming`. The claim's row is locked, so of parallel taps
one redeems and the others are told when and where. The algorithm with its picture: `docs/rules/redemption.md`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from conversations.actions.tag import TagPut, put_tags
from coupons.design_facts import COLUMNS, Design, design
from coupons.errors import Refusal
from coupons.rules.redeeming import Redeemable, refuse_redemption
from coupons.rules.validity import usable
from runtime.database import Connection
from runtime.ids import uuid7
from runtime.live import Change, publish

CLAIM = f"""
SELECT k.id AS claim_id, k.contact_id, k.member_id, k.conversation_id, k.state AS claim_state, k.test,
  k.issued_at, k.first_opened_at, {COLUMNS},
  (SELECT array_agg(s.store_id) FROM coupon_store s WHERE s.coupon_id = c.id) AS stores
FROM claim k JOIN coupon c ON c.id = k.coupon_id JOIN workspace w ON w.id = c.workspace_id
WHERE k.id = $1 AND ($2::uuid IS NULL OR k.workspace_id = $2) FOR UPDATE OF k
"""  # noqa: S608 (constants)
LEDGER = """
SELECT at, store_name, who, key FROM redemption WHERE claim_id = $1 AND kind = 'redeem'
ORDER BY at DESC, id DESC LIMIT 1
"""
MARK = "UPDATE claim SET state = 'redeemed', redeemed_at = $2 WHERE id = $1 AND state = 'issued'"
WRITE = """
INSERT INTO redemption (id, workspace_id, claim_id, kind, store_id, store_name, member_id, pin_id, who, key, at)
VALUES ($1, $2, $3, 'redeem', $4, $5, $6, $7, $8, $9, $10)
"""


class Till(msgspec.Struct, frozen=True, kw_only=True):
    """Who redeems and where: `who` and `store_name` are written into the ledger as they read now."""

    store_id: UUID | None = None
    store_name: str = ""
    member_id: UUID | None = None
    pin_id: UUID | None = None
    who: str = ""


class Redeemed(msgspec.Struct, frozen=True, kw_only=True):
    """When and where a claim was redeemed, and by whom."""

    at: datetime
    store_name: str
    who: str


class RedeemResult(msgspec.Struct, frozen=True, kw_only=True):
    """`redeemed` without `refusal`: done (by this tap, now or before; a simulation: it would be).

    With `already_redeemed`, `redeemed` tells the earlier one. `wait_until`: when a PIN may be tried again.
    """

    redeemed: Redeemed | None = None
    refusal: Refusal | None = None
    wait_until: datetime | None = None


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A claim locked for redemption."""

    id: UUID
    row: Any
    design: Design
    facts: Redeemable


async def hold(tx: Connection, claim_id: UUID, workspace_id: UUID | None = None) -> Held | None:
    """Lock the claim and read what decides about it; None when there is no such claim."""
    row = await tx.fetchrow(CLAIM, claim_id, workspace_id)
    if row is None:
        return None
    plan = design(row)
    facts = Redeemable(
        state=row["claim_state"],
        coupon_state=plan.state,
        span=usable(plan.validity, row["issued_at"], row["first_opened_at"]),
        stores=frozenset(row["stores"] or ()),
    )
    return Held(id=claim_id, row=row, design=plan, facts=facts)


async def redeem(
    tx: Connection, held: Held, till: Till, key: str, now: datetime, *, simulate: bool = False
) -> RedeemResult:
    """Redeem the claim that `hold` locked, in the same transaction; refusals are values.

    `key` names the tap: sent again it returns the first result. `simulate` checks and writes nothing.
    """
    earlier = await _ledger(tx, held)
    if earlier is not None and earlier["key"] == key and not simulate:
        return RedeemResult(redeemed=_story(earlier))
    refusal = refuse_redemption(held.facts, till.store_id, now)
    if refusal is not None:
        known = earlier if refusal is Refusal.ALREADY_REDEEMED else None
        return RedeemResult(refusal=refusal, redeemed=_story(known) if known is not None else None)
    done = Redeemed(at=now, store_name=till.store_name, who=till.who)
    if not simulate:
        await _write(tx, held, till, key, now)
    return RedeemResult(redeemed=done)


async def told_again(tx: Connection, held: Held, key: str) -> RedeemResult:
    """Answer a tap on a claim that is redeemed: with the first result for the same tap, else as used."""
    earlier = await _ledger(tx, held)
    if earlier is None:
        return RedeemResult(refusal=Refusal.ALREADY_REDEEMED)
    refusal = None if earlier["key"] == key else Refusal.ALREADY_REDEEMED
    return RedeemResult(redeemed=_story(earlier), refusal=refusal)


async def _ledger(tx: Connection, held: Held) -> Any:  # noqa: ANN401 (a database record)
    return await tx.fetchrow(LEDGER, held.id) if held.facts.state == "redeemed" else None


async def _write(tx: Connection, held: Held, till: Till, key: str, now: datetime) -> None:
    status = await tx.execute(MARK, held.id, now)
    if status != "UPDATE 1":
        raise AssertionError("a held claim changed its state under its lock")
    workspace = held.design.workspace_id
    await tx.execute(
        WRITE,
        *(uuid7(), workspace, held.id, till.store_id, till.store_name[:120]),
        *(till.member_id, till.pin_id, till.who[:120], key[:80], now),
    )
    contact = held.row["contact_id"]
    if not held.row["test"]:
        await put_tags(tx, [TagPut(workspace, contact, held.design.tag_on_redeem, "redeem")], now)
    await publish(tx, [change(held.row, "redeemed")], now)


def _story(row: Any) -> Redeemed:  # noqa: ANN401 (a database record)
    return Redeemed(at=row["at"], store_name=row["store_name"], who=row["who"])


def change(row: Any, state: str) -> Change:  # noqa: ANN401 (a database record)
    """Return what the feed tells about a claim of `hold` or of the opening."""
    detail = {
        "state": state,
        "coupon": str(row["id"]),
        "contact": str(row["contact_id"]),
        "conversation": str(row["conversation_id"]) if row["conversation_id"] else None,
    }
    return Change(row["workspace_id"], "claim", row["claim_id"], detail)
