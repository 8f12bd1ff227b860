"""Bringing a coupon's units to its quantity in the background, each step a transaction of its own.

A durable row tells what is to do: a process killed midway leaves it, and whichever worker looks next goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import structlog

from coupons.actions.generate_codes import SYSTEM
from coupons.actions.make_units import draw_ahead, make_step
from coupons.actions.take_redemption import redemption_step
from coupons.actions.versions import Deed, keep
from coupons.rules.code_shape import BadShape
from runtime.database import Connection, Database
from runtime.errors import Invalid
from runtime.live import Change, publish

BEGIN = """
INSERT INTO stock_job (coupon_id, made, wanted, created_at)
SELECT c.id, (SELECT coalesce(max(u.seq), 0) FROM unit u WHERE u.coupon_id = c.id)
  - (SELECT count(*) FROM unit u WHERE u.coupon_id = c.id AND u.state = 'withdrawn'),
  coalesce(CASE WHEN c.code_mode = 'pack'
    THEN least(c.quantity, (SELECT sum(b.good)::int FROM code_batch b
      WHERE b.coupon_id = c.id AND b.kind = 'import' AND b.state = 'loaded')) ELSE c.quantity END, 0), $2
FROM coupon c WHERE c.id = $1
ON CONFLICT (coupon_id) DO UPDATE SET wanted = excluded.wanted, made = excluded.made
"""
WAITING = "SELECT coupon_id FROM stock_job ORDER BY created_at, coupon_id"
# The coupon is locked before the job, as whoever begins one does.
LOCK = "SELECT workspace_id, state FROM coupon WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED"
JOB = "SELECT wanted FROM stock_job WHERE coupon_id = $1 FOR UPDATE"
DONE = "UPDATE stock_job SET made = made + $2 WHERE coupon_id = $1 RETURNING made"
END = "DELETE FROM stock_job WHERE coupon_id = $1"
OPEN = """
UPDATE coupon SET state = 'published', version = version + 1, published_at = coalesce(published_at, $2)
WHERE id = $1
"""
BACK = "UPDATE coupon SET state = 'draft', version = version + 1 WHERE id = $1"
log = structlog.get_logger("stock")


async def begin_job(tx: Connection, coupon_id: UUID, now: datetime) -> None:
    """Note in the caller's transaction that the coupon's units must be brought to its quantity.

    The coupon's row must be locked by the caller. A job that runs already is told of the new quantity.
    """
    await tx.execute(BEGIN, coupon_id, now)


async def waiting_jobs(database: Database) -> list[UUID]:
    """Return the coupons whose units are being made, the oldest job first."""
    return [row["coupon_id"] for row in await database.screens.fetch(WAITING)]


async def run_step(database: Database, coupon_id: UUID, now: datetime) -> bool:
    """Make, or withdraw, up to 10,000 units of the coupon; return whether more is to do.

    The last step opens a coupon that is being published (its state is `preparing`). False, too, when
    another process is at it.
    """
    try:
        drawn = await draw_ahead(database, coupon_id, SYSTEM)
        return await _step(database, coupon_id, drawn, now)
    except (Invalid, BadShape) as error:
        log.warning("units cannot be made", coupon=str(coupon_id), why=str(error))
        async with database.transaction() as tx:
            await _give_up(tx, coupon_id, str(error), now)
        return False


async def _step(database: Database, coupon_id: UUID, drawn: Sequence[str], now: datetime) -> bool:
    async with database.transaction() as tx:
        row = await tx.fetchrow(LOCK, coupon_id)
        job = await tx.fetchrow(JOB, coupon_id) if row is not None else None
        if row is None or job is None:
            return False
        step = await make_step(tx, coupon_id, SYSTEM, drawn)
        done = await tx.fetchval(DONE, coupon_id, step.rows)
        more = step.more or (await redemption_step(tx, coupon_id)).more
        detail = {"stock": True, "made": done, "wanted": job["wanted"]}
        if not more:
            await tx.execute(END, coupon_id)
        if not more and row["state"] == "preparing":
            await tx.execute(OPEN, coupon_id, now)
            detail = {"state": "published"}
        await publish(tx, [Change(row["workspace_id"], "coupon", coupon_id, detail)], now)
    return more


async def _give_up(tx: Connection, coupon_id: UUID, why: str, now: datetime) -> None:
    """No more codes of the coupon's form can be found: what was being published is a draft again."""
    state = await tx.fetchval("SELECT state FROM coupon WHERE id = $1 FOR NO KEY UPDATE", coupon_id)
    await tx.execute(END, coupon_id)
    if state == "preparing":
        await tx.execute(BACK, coupon_id)
        changes = {"state": ("preparing", "draft"), "code_shape": (None, why)}
        await keep(tx, Deed(coupon_id=coupon_id, what="stopped", changes=changes), now)
