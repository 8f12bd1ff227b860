"""Give up a batch that was never loaded, or take back what nobody has used of one that was."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from coupons.actions.import_open import tell
from coupons.actions.import_steps import FORGET, STEP, hold, hold_coupon
from runtime.database import Connection
from team.audit import Entry, record

DELETE = """
WITH few AS (SELECT id FROM code WHERE batch_id = $1 ORDER BY id LIMIT $2),
gone AS (DELETE FROM code k USING few WHERE k.id = few.id RETURNING 1)
SELECT count(*) FROM gone
"""
DISCARDED = "UPDATE code_batch SET state = 'discarded', finished_at = $2 WHERE id = $1"
REFUSED = "UPDATE code_batch SET state = 'refused', finished_at = $2 WHERE id = $1"
# The units of a pack keep their place but not their code; the code may be imported again.
FREE = """
WITH few AS (
  SELECT u.id, u.code_id FROM code k JOIN unit u ON u.code_id = k.id
  WHERE k.batch_id = $1 AND k.disabled_at IS NULL AND u.state IN ('free', 'withdrawn')
  ORDER BY u.id LIMIT $2 FOR UPDATE OF u SKIP LOCKED
), emptied AS (
  UPDATE unit u SET state = 'withdrawn', code_id = NULL FROM few WHERE u.id = few.id RETURNING few.code_id
) SELECT array_agg(code_id) FROM emptied
"""
UNMADE = """
SELECT array_agg(id) FROM (
  SELECT k.id FROM code k WHERE k.batch_id = $1 AND k.disabled_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM unit u WHERE u.code_id = k.id) ORDER BY k.id LIMIT $2
) few
"""
TAKEN_BACK = """
UPDATE code_batch SET state = 'taken_back', finished_at = $2, kept = (
  SELECT count(*) FROM code WHERE batch_id = $1) WHERE id = $1 RETURNING kept
"""


async def discard_step(tx: Connection, batch_id: UUID, now: datetime) -> bool:
    """Delete up to 10,000 codes that were stored and never shown; returns whether more may be left."""
    batch = await hold(tx, batch_id, "discarding")
    gone = await tx.fetchval(DELETE, batch_id, STEP)
    if gone == STEP:
        return True
    await tx.execute(FORGET, batch_id)
    # One whose file went away says so instead of looking like somebody's choice.
    await tx.execute(REFUSED if batch["problem"] else DISCARDED, batch_id, now)
    await tell(tx, batch["workspace_id"], batch["coupon_id"], now)
    return False


async def take_back_step(tx: Connection, batch_id: UUID, now: datetime) -> bool:
    """Withdraw up to 10,000 free units and delete their codes; codes in use, or disabled, stay."""
    # The coupon first, as when units are made: none is made of a code that goes, and nobody waits in a circle.
    await hold_coupon(tx, batch_id)
    batch = await hold(tx, batch_id, "taking_back")
    codes = await tx.fetchval(FREE, batch_id, STEP) or await tx.fetchval(UNMADE, batch_id, STEP)
    if codes:
        await tx.execute("DELETE FROM code WHERE id = ANY ($1::bigint[])", codes)
        await tx.execute(
            "UPDATE code_batch SET progress = progress + $2 WHERE id = $1", batch_id, len(codes)
        )
    else:
        await _taken_back(tx, batch_id, batch["workspace_id"], now)
    await tell(tx, batch["workspace_id"], batch["coupon_id"], now)
    return bool(codes)


async def _taken_back(tx: Connection, batch_id: UUID, workspace_id: UUID, now: datetime) -> None:
    kept = await tx.fetchval(TAKEN_BACK, batch_id, now)
    entry = Entry(
        workspace_id=workspace_id,
        action="codes.taken_back",
        subject=str(batch_id),
        detail={"kept": kept},
    )
    await record(tx, entry, now)
