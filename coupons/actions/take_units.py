"""Take free units of stock, and put them back.

Units are popped from where the last pop of this process ended: the bare head of the index fills with dead
entries and slows to a crawl under one forgotten old transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import msgspec

from runtime.database import Connection

WAIT_STEP_S = 0.01
WAIT_STEPS = 20
REMEMBERED = 10_000

# By an array of ids and without a join: planned once for any number, a join would read the whole stock.
POP = """
UPDATE unit u SET state = 'issued' WHERE u.id = ANY (ARRAY(
  SELECT id FROM unit WHERE coupon_id = $1 AND state = 'free' AND seq >= $2
  ORDER BY seq LIMIT $3 FOR UPDATE SKIP LOCKED))
RETURNING u.id, u.seq, coalesce((SELECT k.text FROM code k WHERE k.id = u.code_id), '') AS code
"""
ANY_FREE = "SELECT EXISTS (SELECT 1 FROM unit WHERE coupon_id = $1 AND state = 'free')"
PUT_BACK = """
WITH held AS (SELECT id FROM unit WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE)
UPDATE unit u SET state = CASE WHEN $2 AND u.code_id IS NOT NULL THEN 'void' ELSE 'free' END
FROM held WHERE u.id = held.id AND u.state = 'issued' RETURNING u.id, u.state
"""

_next_seq: dict[UUID, int] = {}


class Units(msgspec.Struct):
    """What was taken: (unit id, code text) each. `sold_out`: fewer than wanted, and none is left."""

    taken: list[tuple[int, str]]
    sold_out: bool = False


def remembered(coupon_id: UUID) -> int:
    """Return where this process continues to take units of the coupon."""
    return _next_seq.get(coupon_id, 0)


def remember(coupon_id: UUID, taken: int) -> None:
    """Continue behind the unit `taken` the next time."""
    if len(_next_seq) >= REMEMBERED:
        _next_seq.clear()
    _next_seq[coupon_id] = taken + 1


async def take_units(tx: Connection, coupon_id: UUID, want: int) -> Units:
    """Take up to `want` units. Units that are only locked by rivals are waited for, 200 ms at most."""
    start = remembered(coupon_id)
    taken = await _pop(tx, coupon_id, start, want)
    if len(taken) < want and start:
        taken += await _pop(tx, coupon_id, 0, want - len(taken))
    for _ in range(WAIT_STEPS):
        if len(taken) == want:
            return Units(taken)
        if not await tx.fetchval(ANY_FREE, coupon_id):
            return Units(taken, sold_out=True)
        await asyncio.sleep(WAIT_STEP_S)
        taken += await _pop(tx, coupon_id, 0, want - len(taken))
    return Units(taken, sold_out=False)


async def put_back(
    tx: Connection, unit_ids: Sequence[int], *, code_was_shown: bool
) -> frozenset[int]:
    """Return issued units to the stock and name those that are free again.

    A unit whose own code may have been seen becomes void instead and stays with its claim.
    """
    rows = await tx.fetch(PUT_BACK, sorted(unit_ids), code_was_shown)
    return frozenset(row["id"] for row in rows if row["state"] == "free")


async def _pop(tx: Connection, coupon_id: UUID, start: int, want: int) -> list[tuple[int, str]]:
    rows = await tx.fetch(POP, coupon_id, start, want)
    if rows:
        remember(coupon_id, max(row["seq"] for row in rows))
    return [(row["id"], row["code"]) for row in rows]
