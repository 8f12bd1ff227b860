"""Take a redemption back within ten minutes: the claim is usable again, and the ledger keeps both events.

Redemption totals and the customer's count return. The tag of the redemption goes, unless another redeemed
claim of the customer carries it too.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.actions.lock_claim import Locked, Till, change
from coupons.actions.pin_tries import find_pin
from coupons.actions.redeem import LEDGER
from coupons.actions.take_redemption import give_redemption_back
from coupons.errors import Refusal
from coupons.rules.redeeming import refuse_gone, refuse_undo
from runtime.database import Connection
from runtime.errors import Invalid
from runtime.ids import uuid7
from runtime.keys import Keyring
from runtime.live import publish

REASON = 200

WRITE = """
INSERT INTO redemption (id, workspace_id, claim_id, kind, store_id, store_name, member_id, pin_id, who, key,
  at, via, reason, undoes)
VALUES ($1, $2, $3, 'undo', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
UNMARK = (
    "UPDATE claim SET state = 'issued', redeemed_at = NULL WHERE id = $1 AND state = 'redeemed'"
)
UNTAG = """
DELETE FROM contact_tag ct USING tag t
WHERE t.id = ct.tag_id AND ct.contact_id = $1 AND t.workspace_id = $2 AND t.name = $3
  AND ct.source = 'redeem' AND NOT EXISTS (
    SELECT 1 FROM claim k JOIN coupon c ON c.id = k.coupon_id
    WHERE k.contact_id = $1 AND k.state = 'redeemed' AND NOT k.test AND c.tag_on_redeem = $3)
"""


class Undo(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: why, under which `key` (sent again it returns the first result), and by whom. `manager`:
    may undo what others redeemed. With a PIN, `till` is whose PIN it is.
    """

    reason: str
    key: str
    till: Till = Till()
    manager: bool = False


class UndoResult(msgspec.Struct, frozen=True, kw_only=True):
    """When it was undone, or why not: not_redeemed, undo_ended, not_permitted, wrong_pin, throttled, or
    what became of the claim.
    """

    undone_at: datetime | None = None
    refusal: Refusal | None = None
    wait_until: datetime | None = None


async def undo(tx: Connection, claim: Locked, asked: Undo, now: datetime) -> UndoResult:
    """Undo the newest redemption of the claim that `lock_claim` locked. Whoever redeemed it may (the same
    PIN, member or POS), or a manager. Raises Invalid (reason).
    """
    if not asked.reason.strip():
        raise Invalid("reason", "Write why the redemption is undone")
    row = await tx.fetchrow(LEDGER, claim.id, asked.key[:80])
    if row is not None:
        return _again(row)
    last = await tx.fetchrow(LEDGER, claim.id, None)
    if last is None or claim.facts.state != "redeemed":
        return UndoResult(refusal=refuse_gone(claim.facts) or Refusal.NOT_REDEEMED)
    refusal = refuse_undo(last["at"], now, own=asked.manager or _own(last, asked.till))
    if refusal is not None:
        return UndoResult(refusal=refusal)
    await _write(tx, claim, last["id"], asked, now)
    return UndoResult(undone_at=now)


async def undo_by_pin(
    tx: Connection, keyring: Keyring, claim: Locked, pin: str, asked: Undo, now: datetime
) -> UndoResult:
    """Undo with the PIN that redeemed; wrong PINs count as at the redemption: commit either way."""
    found = await find_pin(tx, keyring, claim, pin, now)
    if found.till is None:
        return UndoResult(refusal=found.refusal, wait_until=found.wait_until)
    return await undo(tx, claim, msgspec.structs.replace(asked, till=found.till), now)


def _own(row: Any, till: Till) -> bool:  # noqa: ANN401 (a database record)
    """Say whether the till is the one of the ledger's row; a POS has neither member nor PIN, but a name."""
    if row["pin_id"] is not None:
        return bool(row["pin_id"] == till.pin_id)
    if row["member_id"] is not None:
        return bool(row["member_id"] == till.member_id)
    return bool(row["via"] == "pos" and till.via == "pos" and row["who"] == till.who)


def _again(row: Any) -> UndoResult:  # noqa: ANN401 (a database record)
    if row["kind"] != "undo":
        return UndoResult(refusal=Refusal.IDEMPOTENCY_CONFLICT)
    return UndoResult(undone_at=row["at"])


async def _write(tx: Connection, claim: Locked, undoes: UUID, asked: Undo, now: datetime) -> None:
    till = asked.till
    status = await tx.execute(UNMARK, claim.id)
    if status != "UPDATE 1":
        raise AssertionError("a locked claim changed its state under its lock")
    workspace, contact = claim.design.workspace_id, claim.row["contact_id"]
    await tx.execute(
        WRITE,
        *(uuid7(), workspace, claim.id, till.store_id, till.store_name[:120], till.member_id),
        *(till.pin_id, till.who[:120], asked.key[:80], now, till.via),
        *(asked.reason.strip()[:REASON], undoes),
    )
    await give_redemption_back(tx, claim)
    if claim.design.tag_on_redeem and not claim.row["test"]:
        await tx.execute(UNTAG, contact, workspace, claim.design.tag_on_redeem)
    await publish(tx, [change(claim.row, "undone")], now)
