"""Take a claim back that never reached its customer: quota, limits and unit return, its tag goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from conversations.actions.tag import CLAIM, TagPut, take_tags
from coupons.actions.take_limits import (
    Subject,
    contact_subject,
    day_subject,
    give_back,
    member_subject,
)
from coupons.actions.take_units import put_back
from coupons.rules.quota import ALWAYS
from runtime.database import Connection
from runtime.live import Change, publish

# Locked by id first, so that two releases never wait for each other in a circle.
RELEASE = """
WITH held AS (
  SELECT k.id, d.allow_code_in_chat AS in_chat, d.tag_on_claim FROM claim k JOIN coupon d ON d.id = k.coupon_id
  WHERE k.id = ANY ($1::uuid[]) ORDER BY k.id FOR UPDATE OF k
)
UPDATE claim c SET state = 'released', released_at = $2 FROM held
WHERE c.id = held.id AND c.state = 'issued' AND c.first_opened_at IS NULL AND c.delivered_at IS NULL
RETURNING c.id, c.workspace_id, c.coupon_id, c.contact_id, c.member_id, c.unit_id, c.period_start,
  c.quota_period_start, c.test, held.in_chat, held.tag_on_claim
"""
# Tags that no other claim of the contact explains.
UNEXPLAINED = """
SELECT DISTINCT u.w, u.contact, u.name FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS u (w, contact, name)
WHERE NOT EXISTS (SELECT 1 FROM claim k JOIN coupon d ON d.id = k.coupon_id
  WHERE k.contact_id = u.contact AND k.state <> 'released' AND NOT k.test AND d.tag_on_claim = u.name)
"""
LET_GO = "UPDATE claim SET unit_id = NULL, code = '', more_codes = '[]' WHERE id = ANY ($1::uuid[])"


async def release(
    tx: Connection,
    claim_ids: Sequence[UUID],
    now: datetime,
    *,
    code_was_shown: bool | None = None,
) -> list[UUID]:
    """Release claims whose sending was rejected for good; returns the ids that were released.

    Call it in the transaction that marks the failure. A claim that was opened, delivered or redeemed
    stays as it is. `code_was_shown`: whether a card with the code may have been seen, which makes the code
    void, not free; None: as the coupon allows its code to stand in the chat, or not.
    """
    if not claim_ids:
        return []
    rows = await tx.fetch(RELEASE, sorted(claim_ids), now)
    await give_back(tx, [subject for row in rows for subject in subjects(row)])
    freed: frozenset[int] = frozenset()
    for shown in (True, False):
        units = [row["unit_id"] for row in rows if _shown(row, code_was_shown) is shown]
        held = [unit for unit in units if unit is not None]
        if held:
            freed |= await put_back(tx, held, code_was_shown=shown)
    await tx.execute(LET_GO, [row["id"] for row in rows if row["unit_id"] in freed])
    await _take_tags(tx, [row for row in rows if row["tag_on_claim"] and not row["test"]])
    await publish(tx, [_change(row) for row in rows], now)
    return [row["id"] for row in rows]


async def _take_tags(tx: Connection, rows: Sequence[Any]) -> None:
    """Take the claims' tags off again. After the limits' rows: whoever claims the same now waits for them."""
    if not rows:
        return
    found = await tx.fetch(
        UNEXPLAINED,
        [row["workspace_id"] for row in rows],
        [row["contact_id"] for row in rows],
        [row["tag_on_claim"] for row in rows],
    )
    await take_tags(tx, [TagPut(each["w"], each["contact"], each["name"], CLAIM) for each in found])


def _shown(row: Any, told: bool | None) -> bool:  # noqa: ANN401, FBT001 (a database record, and what the caller knows)
    return bool(row["in_chat"]) if told is None else told


def subjects(row: Any) -> list[Subject]:  # noqa: ANN401 (a database record)
    """Return the limit rows that count this claim."""
    if row["test"]:
        return []
    found = [contact_subject(row["coupon_id"], row["contact_id"])]
    if row["period_start"] is not None:
        found.append(day_subject(row["coupon_id"], row["contact_id"], row["period_start"]))
    if row["member_id"] is not None:
        began = row["quota_period_start"] or ALWAYS
        found.append(member_subject(row["coupon_id"], row["member_id"], began))
    return found


def _change(row: Any) -> Change:  # noqa: ANN401 (a database record)
    detail = {
        "state": "released",
        "coupon": str(row["coupon_id"]),
        "contact": str(row["contact_id"]),
        "member": str(row["member_id"]) if row["member_id"] else None,
    }
    return Change(row["workspace_id"], "claim", row["id"], detail)
