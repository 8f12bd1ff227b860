"""Make the units of a coupon up to what it may give out, a step at a time; a step cut off is repeated."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from runtime.database import Connection, Database
from runtime.live import Change, publish

STEP = 10_000

LOCK = """
SELECT workspace_id, state, code_mode, quantity,
  (SELECT coalesce(max(seq), 0) FROM unit WHERE coupon_id = c.id) AS top,
  (SELECT count(*) FROM unit WHERE coupon_id = c.id AND state <> 'withdrawn') AS live
FROM coupon c WHERE id = $1 FOR UPDATE
"""
RESTORE = """
WITH again AS (
  SELECT id FROM unit WHERE coupon_id = $1 AND state = 'withdrawn' ORDER BY seq LIMIT $2 FOR UPDATE
)
UPDATE unit u SET state = 'free' FROM again WHERE u.id = again.id
"""
PLAIN = """
INSERT INTO unit (coupon_id, seq, state) SELECT $1, $2 + n, 'free' FROM generate_series(1, $3::int) AS n
"""
CODED = """
INSERT INTO unit (coupon_id, seq, state, code_id)
SELECT $1, $2 + row_number() OVER (ORDER BY k.id), 'free', k.id FROM (
  SELECT id FROM code WHERE coupon_id = $1
    AND id > (SELECT coalesce(max(code_id), 0) FROM unit WHERE coupon_id = $1)
  ORDER BY id LIMIT $3
) k
"""
WITHDRAW = """
WITH surplus AS (
  SELECT id FROM unit WHERE coupon_id = $1 AND state = 'free' ORDER BY seq DESC LIMIT $2
  FOR UPDATE SKIP LOCKED
)
UPDATE unit u SET state = 'withdrawn' FROM surplus WHERE u.id = surplus.id
"""


async def make_units(database: Database, coupon_id: UUID, now: datetime) -> int:
    """Bring the stock to what quantity and codes allow and return how many units were added.

    Lowering withdraws free units and stops at those already issued. Each step is a transaction of its
    own, so a process killed midway goes on where it stopped.
    """
    total = 0
    while True:
        async with database.transaction() as tx:
            made = await make_step(tx, coupon_id)
            if made:
                await publish(tx, [await _change(tx, coupon_id)], now)
        total += made
        if made < STEP:
            return total


async def make_step(tx: Connection, coupon_id: UUID) -> int:
    """Add up to STEP units within the caller's transaction and return how many."""
    row = await tx.fetchrow(LOCK, coupon_id)
    if row is None or (row["code_mode"] == "fixed" and row["quantity"] is None):
        return 0
    missing = STEP if row["quantity"] is None else row["quantity"] - row["live"]
    if missing < 0:
        await tx.execute(WITHDRAW, coupon_id, -missing)
    if missing <= 0:
        return 0
    want = min(missing, STEP)
    restored = _count(await tx.execute(RESTORE, coupon_id, want))
    if restored == want:
        return want
    add = CODED if row["code_mode"] == "pack" else PLAIN
    return restored + _count(await tx.execute(add, coupon_id, row["top"], want - restored))


async def _change(tx: Connection, coupon_id: UUID) -> Change:
    workspace = await tx.fetchval("SELECT workspace_id FROM coupon WHERE id = $1", coupon_id)
    return Change(workspace, "coupon", coupon_id, {"stock": True})


def _count(status: str) -> int:
    """Read the number of rows from a command's status, such as `INSERT 0 10`."""
    return int(status.rsplit(" ", 1)[-1])
