"""The books of every coupon: what was loaded is somewhere, what was claimed is counted, figures equal a recount.

Each coupon is added up in one REPEATABLE READ read-only snapshot, so claims may go on meanwhile; a mismatch
counts only when a second pass finds the very same, so that a hand at the database is not mistaken for a loss.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec

from coupons.audit_checks import CHECKS
from runtime.database import Connection, Pool

COUPONS = """
SELECT id FROM coupon WHERE state <> 'draft' AND ($1::uuid IS NULL OR id = $1) ORDER BY id
"""
UNITS = """
SELECT c.name,
  count(u.id) FILTER (WHERE u.state = 'free') AS free,
  count(u.id) FILTER (WHERE u.state = 'issued') AS issued,
  count(u.id) FILTER (WHERE u.state = 'void') AS void,
  count(u.id) FILTER (WHERE u.state = 'withdrawn') AS withdrawn,
  coalesce(max(u.seq), 0) AS loaded
FROM coupon c LEFT JOIN unit u ON u.coupon_id = c.id WHERE c.id = $1 GROUP BY c.id
"""
CLAIMS = """
SELECT count(*) AS claims, count(*) FILTER (WHERE first_opened_at IS NOT NULL) AS opened,
  count(*) FILTER (WHERE state = 'redeemed') AS redeemed, count(*) FILTER (WHERE state = 'voided') AS voided
FROM claim WHERE coupon_id = $1 AND NOT test AND state <> 'released'
"""


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """One coupon's figures, counted from its rows: units by state, claims by what became of them (released
    ones are none). `faults`: what does not add up, as sentences; empty when all does.
    """

    coupon_id: UUID
    name: str
    loaded: int
    free: int
    issued: int
    void: int
    withdrawn: int
    claims: int
    opened: int
    redeemed: int
    voided: int
    faults: tuple[str, ...] = ()


async def audit(pool: Pool, coupon_id: UUID | None = None) -> list[Books]:
    """Add up every coupon that was ever published (or one); those with faults in two passes carry them."""
    return [books async for books in walk(pool, coupon_id)]


async def walk(pool: Pool, coupon_id: UUID | None = None) -> AsyncIterator[Books]:
    """Yield the books coupon by coupon."""
    for row in await pool.fetch(COUPONS, coupon_id):
        first = await add_up(pool, row["id"])
        if first.faults:
            second = await add_up(pool, row["id"])
            faults = tuple(fault for fault in second.faults if fault in first.faults)
            first = msgspec.structs.replace(second, faults=faults)
        yield first


async def add_up(pool: Pool, coupon_id: UUID) -> Books:
    """Add one coupon up in a snapshot of its own."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        return await _read(connection, coupon_id)


async def _read(tx: Connection, coupon_id: UUID) -> Books:
    units = await tx.fetchrow(UNITS, coupon_id)
    claims = await tx.fetchrow(CLAIMS, coupon_id)
    faults = [_stock(units)]
    for check in CHECKS:
        faults += [check.sentence(row) for row in await tx.fetch(check.query, coupon_id)]
    return Books(
        coupon_id=coupon_id,
        **dict(units),
        **dict(claims),
        faults=tuple(filter(None, faults)),
    )


def _stock(units: Any) -> str:  # noqa: ANN401 (a database record)
    there = sum(units[state] for state in ("free", "issued", "void", "withdrawn"))
    if units["loaded"] == there:
        return ""
    return f"stock: {units['loaded']} units were loaded, {there} are there (free, issued, void, withdrawn)"
