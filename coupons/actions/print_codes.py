"""Codes made in the back office for printed cards: of the coupon's form, never given out by a chat."""

from __future__ import annotations

import asyncio
from datetime import datetime
from random import Random
from uuid import UUID

from coupons.actions.edit import NotAccepted
from coupons.actions.generate_codes import SYSTEM, Order, add_codes, draw
from coupons.actions.import_open import NewBatch, open_batch
from coupons.actions.import_steps import STEP, hold
from coupons.rules.code_shape import Shape, refuse, shape_of
from coupons.rules.problems import Problem
from runtime.database import Connection
from runtime.errors import Invalid
from runtime.i18n import mark
from runtime.ids import uuid7
from runtime.live import Change, publish
from team.audit import Entry, record

MOST = 100_000
MAKES_NONE = mark("This coupon does not make its own codes")
HOW_MANY = mark("Write how many codes, from 1 to %(most)s")
COUPON = "SELECT workspace_id, code_mode, code_shape, code_format FROM coupon WHERE id = $1"
MADE = """
UPDATE code_batch SET progress = progress + $2, good = good + $2, rows = rows + $2,
  state = CASE WHEN progress + $2 >= total THEN 'loaded' ELSE state END,
  finished_at = CASE WHEN progress + $2 >= total THEN $3::timestamptz END
WHERE id = $1
"""
SHAPE = """
SELECT c.workspace_id, c.id, c.code_shape, b.total - b.progress AS missing
FROM code_batch b JOIN coupon c ON c.id = b.coupon_id WHERE b.id = $1
"""


async def order_codes(
    tx: Connection, coupon_id: UUID, count: int, member_id: UUID | None, now: datetime
) -> UUID:
    """Order `count` codes (1 to 100,000) and return the batch the worker fills; raises NotAccepted when the
    coupon makes no codes or its form has too few.
    """
    row = await tx.fetchrow(COUPON, coupon_id)
    if row is None or row["code_mode"] not in {"generated", "random"}:
        raise NotAccepted([Problem("count", MAKES_NONE)])
    why = refuse(shape_of(row["code_shape"]), count, row["code_format"])
    if why is not None:
        raise NotAccepted([Problem("count", why.text, why.values)])
    if not 1 <= count <= MOST:
        raise NotAccepted([Problem("count", HOW_MANY, {"most": f"{MOST:,}"})])
    batch_id = uuid7()
    new = NewBatch(
        id=batch_id,
        coupon_id=coupon_id,
        workspace_id=row["workspace_id"],
        kind="offline",
        state="generating",
        member_id=member_id,
        total=count,
    )
    await open_batch(tx, new, now)
    entry = Entry(
        workspace_id=row["workspace_id"],
        member_id=member_id,
        action="codes.print",
        subject=str(batch_id),
        detail={"coupon": str(coupon_id), "count": count},
    )
    await record(tx, entry, now)
    return batch_id


async def print_step(own: Connection, batch_id: UUID, now: datetime, rng: Random = SYSTEM) -> None:
    """Make up to 10,000 of the ordered codes in a transaction of its own; raises Gone when it is done."""
    row = await own.fetchrow(SHAPE, batch_id)
    shape: Shape = shape_of(row["code_shape"])
    order = Order(row["workspace_id"], row["id"], shape, batch_id)
    drawn = await asyncio.to_thread(draw, shape, min(max(row["missing"], 0), STEP), rng)
    async with own.transaction():
        batch = await hold(own, batch_id, "generating")
        want = min(STEP, batch["total"] - batch["progress"])
        made = await add_codes(own, order, want, rng, drawn)
        if len(made) < want:
            raise Invalid("code_shape", "No more codes of this form can be found; make it longer")
        await own.execute(MADE, batch_id, len(made), now)
        change = Change(row["workspace_id"], "stock", row["id"], {})
        await publish(own, [change], now)
