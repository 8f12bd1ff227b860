"""The first opening of a claim by its customer: starts a clock that counts from there, tags, tells."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from conversations.actions.tag import TagPut, put_tags
from coupons.actions.lock_claim import change
from coupons.design_facts import COLUMNS, design
from coupons.rules.validity import usable
from runtime.database import Connection
from runtime.live import publish

UNOPENED = f"""
SELECT k.id AS claim_id, k.contact_id, k.conversation_id, k.test, k.issued_at, {COLUMNS}
FROM claim k JOIN coupon c ON c.id = k.coupon_id JOIN workspace w ON w.id = c.workspace_id
WHERE k.id = $1 AND k.first_opened_at IS NULL AND k.state IN ('issued', 'redeemed') FOR UPDATE OF k
"""  # noqa: S608 (constants)
OPEN = "UPDATE claim SET first_opened_at = $2 WHERE id = $1"
OPEN_AND_START = """
UPDATE claim SET first_opened_at = $2, valid_from = $3, valid_until = $4 WHERE id = $1
"""


async def open_claim(tx: Connection, claim_id: UUID, now: datetime) -> bool:
    """Mark the claim as opened; returns whether this was the first time. Later ones change nothing."""
    row = await tx.fetchrow(UNOPENED, claim_id)
    if row is None:
        return False
    plan = design(row)
    if plan.validity_mode == "open":
        span = usable(plan.validity, row["issued_at"], now)
        start, end = (span.start, span.end) if span is not None else (None, None)
        await tx.execute(OPEN_AND_START, claim_id, now, start, end)
    else:
        await tx.execute(OPEN, claim_id, now)
    if not row["test"]:
        tag = TagPut(plan.workspace_id, row["contact_id"], plan.tag_on_open, "open")
        await put_tags(tx, [tag], now)
    await publish(tx, [change(row, "opened")], now)
    return True
