"""Make the units of a coupon up to what it may give out, a step at a time; a step cut off is repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from coupons.actions.generate_codes import SYSTEM, Order, add_codes, draw
from coupons.actions.steps import STEP, Step, affected, withdraw
from coupons.actions.take_units import ANY_FREE
from coupons.rules.code_shape import shape_of
from runtime.database import Connection, Database
from runtime.errors import Invalid
from runtime.live import Change, publish

# Sequence numbers are dense, so the greatest tells how many units there are.
LOCK = """
SELECT id, workspace_id, state, code_mode, code_shape, quantity,
  (SELECT coalesce(max(seq), 0) FROM unit WHERE coupon_id = c.id) AS top,
  (SELECT count(*) FROM unit WHERE coupon_id = c.id AND state = 'withdrawn') AS withdrawn
FROM coupon c WHERE id = $1 FOR NO KEY UPDATE
"""
SHAPE = "SELECT code_mode, code_shape FROM coupon WHERE id = $1"
# A unit of a pack whose code was taken back has nothing left to give.
RESTORE = """
WITH again AS (
  SELECT id FROM unit WHERE coupon_id = $1 AND state = 'withdrawn' AND (code_id IS NOT NULL OR $3)
  ORDER BY seq LIMIT $2 FOR UPDATE
)
UPDATE unit u SET state = 'free' FROM again WHERE u.id = again.id
"""
PLAIN = """
INSERT INTO unit (coupon_id, seq, state) SELECT $1, $2 + n, 'free' FROM generate_series(1, $3::int) AS n
"""
BATCH = """
SELECT b.id FROM code_batch b WHERE b.coupon_id = $1 AND b.kind = 'import' AND b.state = 'loaded'
  AND EXISTS (SELECT 1 FROM code k WHERE k.batch_id = b.id AND k.id > b.upto AND k.disabled_at IS NULL)
ORDER BY b.created_at, b.id LIMIT 1
"""
OF_BATCH = """
WITH fresh AS (
  SELECT k.id, row_number() OVER (ORDER BY k.id) AS n FROM (
    SELECT id FROM code WHERE batch_id = $2 AND id > (SELECT upto FROM code_batch WHERE id = $2)
      AND disabled_at IS NULL ORDER BY id LIMIT $4
  ) k
), added AS (
  INSERT INTO unit (coupon_id, seq, state, code_id) SELECT $1, $3 + n, 'free', id FROM fresh
), moved AS (
  UPDATE code_batch SET upto = (SELECT max(id) FROM fresh) WHERE id = $2
) SELECT count(*) FROM fresh
"""
MADE = """
INSERT INTO unit (coupon_id, seq, state, code_id)
SELECT $1, $2 + n, 'free', k FROM unnest($3::bigint[]) WITH ORDINALITY AS u (k, n)
"""
WITHDRAW = """
WITH surplus AS (
  SELECT id FROM unit WHERE coupon_id = $1 AND state = 'free' ORDER BY seq DESC LIMIT $2
  FOR UPDATE SKIP LOCKED
)
UPDATE unit u SET state = 'withdrawn' FROM surplus WHERE u.id = surplus.id
"""


async def make_units(
    database: Database, coupon_id: UUID, now: datetime, rng: Random = SYSTEM
) -> int:
    """Bring the stock to what quantity and codes allow and return how many units were added.

    Lowering withdraws free units and stops at those already issued. Each step is a transaction of its
    own, so a process killed midway goes on where it stopped. Raises Invalid when no more codes of the
    coupon's form can be found.
    """
    total = 0
    while True:
        step = await one_step(database, coupon_id, now, rng)
        total += max(step.rows, 0)
        if not step.more:
            return total


async def one_step(
    database: Database, coupon_id: UUID, now: datetime, rng: Random = SYSTEM
) -> Step:
    """Add up to STEP units in a transaction of its own, or withdraw as many."""
    drawn = await draw_ahead(database, coupon_id, rng)
    async with database.transaction() as tx:
        step = await make_step(tx, coupon_id, rng, drawn)
        if step.rows:
            await publish(tx, [await _change(tx, coupon_id)], now)
    return step


async def make_step(
    tx: Connection, coupon_id: UUID, rng: Random = SYSTEM, drawn: Sequence[str] = ()
) -> Step:
    """Add up to STEP units within the caller's transaction, or withdraw as many free ones."""
    row = await tx.fetchrow(LOCK, coupon_id)
    if row is None or (row["code_mode"] != "pack" and row["quantity"] is None):
        return Step()
    live = row["top"] - row["withdrawn"]
    missing = STEP if row["quantity"] is None else row["quantity"] - live
    if missing <= 0:
        return await withdraw(tx, (WITHDRAW, ANY_FREE), coupon_id, -missing)
    want = min(missing, STEP)
    made = 0
    if row["withdrawn"]:
        made = affected(await tx.execute(RESTORE, coupon_id, want, _codeless(row)))
    if made < want:
        made += await _add(tx, row, want - made, rng, drawn)
    return Step(made, more=made == STEP)


def _codeless(row: Any) -> bool:  # noqa: ANN401 (a database record)
    return row["code_mode"] in {"fixed", "random"}


async def _add(
    tx: Connection,
    row: Any,  # noqa: ANN401 (a database record)
    want: int,
    rng: Random,
    drawn: Sequence[str],
) -> int:
    if row["code_mode"] == "pack":
        return await _of_batches(tx, row["id"], row["top"], want)
    if row["code_mode"] == "generated":
        order = Order(row["workspace_id"], row["id"], shape_of(row["code_shape"]))
        codes = await add_codes(tx, order, want, rng, drawn)
        if len(codes) < want:
            raise Invalid("code_shape", "No more codes of this form can be found; make it longer")
        return affected(await tx.execute(MADE, row["id"], row["top"], [key for key, _ in codes]))
    return affected(await tx.execute(PLAIN, row["id"], row["top"], want))


async def _of_batches(tx: Connection, coupon_id: UUID, top: int, want: int) -> int:
    """Make units of the oldest codes that have none, in the order of their files."""
    made = 0
    while made < want:
        batch = await tx.fetchval(BATCH, coupon_id)
        if batch is None:
            break
        made += await tx.fetchval(OF_BATCH, coupon_id, batch, top + made, want - made)
    return made


async def draw_ahead(database: Database, coupon_id: UUID, rng: Random) -> list[str]:
    """Draw the codes of the next step beforehand, so that no transaction waits for it."""
    row = await database.screens.fetchrow(SHAPE, coupon_id)
    if row is None or row["code_mode"] != "generated":
        return []
    missing = await database.screens.fetchval(MISSING, coupon_id)
    return await asyncio.to_thread(
        draw, shape_of(row["code_shape"]), min(max(missing or 0, 0), STEP), rng
    )


MISSING = """
SELECT quantity - (SELECT coalesce(max(seq), 0) FROM unit WHERE coupon_id = c.id)
FROM coupon c WHERE id = $1
"""


async def _change(tx: Connection, coupon_id: UUID) -> Change:
    workspace = await tx.fetchval("SELECT workspace_id FROM coupon WHERE id = $1", coupon_id)
    return Change(workspace, "coupon", coupon_id, {"stock": True})
