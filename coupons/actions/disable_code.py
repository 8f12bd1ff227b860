"""Disable one code: it is given to nobody any more, and the claim that holds it cannot be exchanged."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from coupons.actions.void import void
from runtime.database import Connection
from runtime.errors import NotFound
from runtime.live import Change, publish
from team.audit import Entry, record

CODE = """
SELECT k.text, k.disabled_at, k.claim_id, u.id AS unit_id FROM code k LEFT JOIN unit u ON u.code_id = k.id
WHERE k.id = $1 AND k.workspace_id = $2 AND k.coupon_id = $3
"""
# The claim first, then the unit: the order in which a claim is revoked.
CLAIMS = """
SELECT id FROM claim WHERE coupon_id = $1 AND state = 'issued' AND NOT test
  AND (unit_id = $2 OR id = $3)
"""
UNIT = "UPDATE unit SET state = 'void' WHERE id = $1 AND state IN ('free', 'withdrawn')"
MARK = "UPDATE code SET disabled_at = $2 WHERE id = $1"


async def disable_code(
    tx: Connection,
    workspace_id: UUID,
    coupon_id: UUID,
    code_id: int,
    member_id: UUID,
    now: datetime,
) -> str:
    """Disable the code and return its text; one disabled before stays so. A claim that was redeemed keeps
    its story. Raises NotFound.
    """
    # Making units waits here, so that none is made of the code meanwhile.
    await tx.execute("SELECT 1 FROM coupon WHERE id = $1 FOR NO KEY UPDATE", coupon_id)
    row = await tx.fetchrow(CODE, code_id, workspace_id, coupon_id)
    if row is None:
        raise NotFound("There is no such code")
    text = str(row["text"])
    if row["disabled_at"] is not None:
        return text
    if row["unit_id"] is not None:
        # A claim that is taking the unit just now ends first; the look-up below then sees it.
        await tx.execute(UNIT, row["unit_id"])
    held = await tx.fetch(CLAIMS, coupon_id, row["unit_id"], row["claim_id"])
    await void(tx, workspace_id, [claim["id"] for claim in held], member_id, now)
    await tx.execute(MARK, code_id, now)
    entry = Entry(
        workspace_id=workspace_id,
        member_id=member_id,
        action="code.disable",
        subject=str(code_id),
        detail={"coupon": str(coupon_id)},
    )
    await record(tx, entry, now)
    await publish(tx, [Change(workspace_id, "stock", coupon_id, {})], now)
    return text
