"""The books of every coupon: what was loaded is somewhere, what was claimed is counted.

Each coupon is added up in one REPEATABLE READ snapshot; a mismatch counts only when a second pass finds it
too, so that a deploy or a hand at the database is not mistaken for a loss.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool

COUPONS = "SELECT id FROM coupon WHERE state <> 'draft' ORDER BY id"
UNITS = """
SELECT c.name, c.code_mode, c.quantity,
  count(u.id) AS units,
  count(u.id) FILTER (WHERE u.state = 'free') AS free,
  count(u.id) FILTER (WHERE u.state = 'issued') AS issued,
  count(u.id) FILTER (WHERE u.state = 'void') AS void,
  count(u.id) FILTER (WHERE u.state = 'withdrawn') AS withdrawn,
  coalesce(max(u.seq), 0) AS top
FROM coupon c LEFT JOIN unit u ON u.coupon_id = c.id WHERE c.id = $1 GROUP BY c.id
"""
CLAIMS = """
SELECT count(*) FILTER (WHERE state <> 'released') AS claims,
  count(*) FILTER (WHERE state <> 'released' AND member_id IS NOT NULL) AS by_members,
  count(*) FILTER (WHERE state <> 'released' AND period_start IS NOT NULL) AS by_day,
  count(*) FILTER (WHERE unit_id IS NOT NULL AND state <> 'released' AND state <> 'voided') AS holding,
  count(*) FILTER (WHERE state = 'redeemed') AS redeemed,
  (SELECT count(DISTINCT r.claim_id) FROM redemption r JOIN claim k ON k.id = r.claim_id
    WHERE k.coupon_id = $1 AND NOT k.test AND k.state = 'redeemed') AS in_ledger
FROM claim WHERE coupon_id = $1 AND NOT test
"""
ROWS = """
SELECT coalesce(sum(count) FILTER (WHERE subject LIKE 'c:%'), 0) AS contacts,
  coalesce(sum(count) FILTER (WHERE subject LIKE 'm:%'), 0) AS members,
  coalesce(sum(count) FILTER (WHERE subject LIKE 'd:%'), 0) AS days
FROM limit_row WHERE coupon_id = $1
"""


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """One coupon's figures. `faults`: what does not add up, as sentences; empty when all does."""

    coupon_id: UUID
    name: str
    loaded: int
    free: int
    issued: int
    void: int
    withdrawn: int
    claims: int
    redeemed: int
    faults: tuple[str, ...] = ()


async def audit(pool: Pool) -> list[Books]:
    """Add up every coupon that was ever published; those with faults in two passes carry them."""
    ids = [row["id"] for row in await pool.fetch(COUPONS)]
    books = []
    for coupon_id in ids:
        first = await add_up(pool, coupon_id)
        if first.faults:
            second = await add_up(pool, coupon_id)
            faults = tuple(fault for fault in second.faults if fault in first.faults)
            first = msgspec.structs.replace(second, faults=faults)
        books.append(first)
    return books


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
    rows = await tx.fetchrow(ROWS, coupon_id)
    return Books(
        coupon_id=coupon_id,
        name=units["name"],
        loaded=units["top"],
        free=units["free"],
        issued=units["issued"],
        void=units["void"],
        withdrawn=units["withdrawn"],
        claims=claims["claims"],
        redeemed=claims["redeemed"],
        faults=tuple(_faults(units, claims, rows)),
    )


def _faults(units: Any, claims: Any, rows: Any) -> list[str]:  # noqa: ANN401 (database records)
    counted = units["code_mode"] == "pack" or units["quantity"] is not None
    pairs = [
        ("units loaded and units found", units["top"], units["units"]),
        ("claims and what contacts' limits count", claims["claims"], rows["contacts"]),
        ("members' claims and what their quotas count", claims["by_members"], rows["members"]),
        ("claims under a daily limit and what its days count", claims["by_day"], rows["days"]),
        ("redeemed claims and the ledger", claims["redeemed"], claims["in_ledger"]),
    ]
    if counted:
        pairs.append(("units issued and claims holding one", units["issued"], claims["holding"]))
    return [f"{what} differ: {one} and {other}" for what, one, other in pairs if one != other]
