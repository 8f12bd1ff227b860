"""What a redemption takes: one of the customer's, and one of the coupon's where it has a total.

Totals are rows taken with SKIP LOCKED, as stock is, so that tills never wait for one counter.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

from coupons.actions.lock_claim import Locked
from coupons.actions.steps import STEP, Step, affected, withdraw
from coupons.actions.take_limits import Subject, give_back, take_limits
from coupons.errors import Refusal
from runtime.database import Connection, Database
from runtime.live import Change, publish

WAIT_STEP_S = 0.01
WAIT_STEPS = 20
REMEMBERED = 10_000

POP = """
WITH picked AS (
  SELECT id FROM redemption_unit WHERE coupon_id = $1 AND state = 'free' AND seq >= $2
  ORDER BY seq LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE redemption_unit u SET state = 'used', claim_id = $3 FROM picked WHERE u.id = picked.id
RETURNING u.seq
"""
ANY_FREE = "SELECT EXISTS (SELECT 1 FROM redemption_unit WHERE coupon_id = $1 AND state = 'free')"
FREE = "UPDATE redemption_unit SET state = 'free', claim_id = NULL WHERE claim_id = $1"
LOCK = """
SELECT workspace_id, redemption_limit,
  (SELECT coalesce(max(seq), 0) FROM redemption_unit WHERE coupon_id = c.id) AS top,
  (SELECT count(*) FROM redemption_unit WHERE coupon_id = c.id AND state <> 'withdrawn') AS live
FROM coupon c WHERE id = $1 FOR NO KEY UPDATE
"""
ADOPT = """
INSERT INTO redemption_unit (coupon_id, seq, state, claim_id)
SELECT $1, $2 + row_number() OVER (ORDER BY k.id), 'used', k.id FROM (
  SELECT id FROM claim k WHERE coupon_id = $1 AND state = 'redeemed' AND NOT test
    AND NOT EXISTS (SELECT 1 FROM redemption_unit u WHERE u.claim_id = k.id)
  ORDER BY id LIMIT $3
) k
"""
RESTORE = """
WITH again AS (
  SELECT id FROM redemption_unit WHERE coupon_id = $1 AND state = 'withdrawn' ORDER BY seq LIMIT $2
  FOR UPDATE
)
UPDATE redemption_unit u SET state = 'free' FROM again WHERE u.id = again.id
"""
ADD = """
INSERT INTO redemption_unit (coupon_id, seq) SELECT $1, $2 + n FROM generate_series(1, $3::int) AS n
"""
WITHDRAW = """
WITH surplus AS (
  SELECT id FROM redemption_unit WHERE coupon_id = $1 AND state = 'free' ORDER BY seq DESC LIMIT $2
  FOR UPDATE SKIP LOCKED
)
UPDATE redemption_unit u SET state = 'withdrawn' FROM surplus WHERE u.id = surplus.id
"""

_next_seq: dict[UUID, int] = {}


def redemption_subject(coupon_id: UUID, contact_id: UUID) -> Subject:
    """Return the row that counts a contact's redemptions."""
    return Subject(f"r:{contact_id}", coupon_id)


async def take_redemption(tx: Connection, claim: Locked) -> Refusal | None:
    """Take both or neither; None when taken. Test claims take nothing and count nowhere."""
    if claim.row["test"]:
        return None
    plan = claim.design
    row = redemption_subject(plan.id, claim.row["contact_id"])
    granted = await take_limits(tx, [(row, plan.per_contact_redemption_limit)])
    if not granted[row]:
        return Refusal.CONTACT_REDEMPTION_LIMIT
    if plan.redemption_limit is None or await _take_unit(tx, plan.id, claim.id):
        return None
    await give_back(tx, [row])
    left = await tx.fetchval(ANY_FREE, plan.id)
    return Refusal.ERROR if left else Refusal.REDEMPTION_LIMIT


async def give_redemption_back(tx: Connection, claim: Locked) -> None:
    """Return what the claim's redemption took."""
    if claim.row["test"]:
        return
    await give_back(tx, [redemption_subject(claim.design.id, claim.row["contact_id"])])
    await tx.execute(FREE, claim.id)


async def _take_unit(tx: Connection, coupon_id: UUID, claim_id: UUID) -> bool:
    """Take a unit; one that is only locked by a rival is waited for, 200 ms at most."""
    start = _next_seq.get(coupon_id, 0)
    if await _pop(tx, coupon_id, start, claim_id):
        return True
    for _ in range(WAIT_STEPS):
        if await _pop(tx, coupon_id, 0, claim_id):
            return True
        if not await tx.fetchval(ANY_FREE, coupon_id):
            return False
        await asyncio.sleep(WAIT_STEP_S)
    return False


async def _pop(tx: Connection, coupon_id: UUID, start: int, claim_id: UUID) -> bool:
    seq = await tx.fetchval(POP, coupon_id, start, claim_id)
    if seq is None:
        return False
    if len(_next_seq) >= REMEMBERED:
        _next_seq.clear()
    _next_seq[coupon_id] = seq + 1
    return True


async def make_redemption_units(database: Database, coupon_id: UUID, now: datetime) -> int:
    """Bring the units to `redemption_limit` and return how many were added; call it after each change
    of the limit. Steps of 10,000, each its own transaction: one cut off is made again. Redemptions from
    before there was a limit count; lowering withdraws free units and stops at those used.
    """
    total = 0
    while True:
        async with database.transaction() as tx:
            step = await redemption_step(tx, coupon_id)
            if step.rows:
                workspace = await tx.fetchval(
                    "SELECT workspace_id FROM coupon WHERE id = $1", coupon_id
                )
                change = Change(workspace, "coupon", coupon_id, {"redemption_units": True})
                await publish(tx, [change], now)
        total += max(step.rows, 0)
        if not step.more:
            return total


async def redemption_step(tx: Connection, coupon_id: UUID) -> Step:
    """Add up to 10,000 redemption units in the caller's transaction, or withdraw as many free ones."""
    row = await tx.fetchrow(LOCK, coupon_id)
    if row is None or row["redemption_limit"] is None:
        return Step()
    adopted = affected(await tx.execute(ADOPT, coupon_id, row["top"], STEP))
    if adopted == STEP:
        return Step(adopted, more=True)
    missing = row["redemption_limit"] - row["live"] - adopted
    if missing <= 0:
        step = await withdraw(tx, (WITHDRAW, ANY_FREE), coupon_id, -missing)
        return Step(adopted + step.rows, more=step.more)
    want = min(missing, STEP - adopted)
    made = affected(await tx.execute(RESTORE, coupon_id, want))
    if made < want:
        made += affected(await tx.execute(ADD, coupon_id, row["top"] + adopted, want - made))
    return Step(adopted + made, more=adopted + made == STEP)
