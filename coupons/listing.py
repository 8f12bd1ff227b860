"""The coupon list: one page of coupons with what was claimed, opened and redeemed, and what is left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec

from coupons.design_facts import COLUMNS, Design, design
from coupons.search import Term, search_term
from runtime.database import Connection, Pool

STATES = ("draft", "preparing", "published", "paused", "ended", "archived")
# Counting on in a pack of a million would hold the list up; the coupon's own page counts all.
LEFT_CAP = 100_000
STEP = 200
LAST = UUID(int=2**128 - 1)

FIGURES = """
SELECT coalesce(sum(claimed), 0)::bigint AS claimed, coalesce(sum(opened), 0)::bigint AS opened,
  coalesce(sum(redeemed), 0)::bigint AS redeemed, coalesce(sum(voided), 0)::bigint AS voided
FROM figure WHERE figure.coupon_id = c.id
"""
LEFT = f"""
SELECT CASE WHEN c.code_mode IN ('pack', 'generated') OR c.quantity IS NOT NULL THEN (
  SELECT count(*) FROM (SELECT 1 FROM unit u WHERE u.coupon_id = c.id AND u.state = 'free'
    LIMIT {LEFT_CAP}) free) END AS remaining
"""  # noqa: S608 (constants)
PAGE = f"""
SELECT {COLUMNS}, f.*, s.remaining FROM (
  SELECT * FROM coupon WHERE workspace_id = $1 AND id < $2
    AND (CASE WHEN $3 = '' THEN state <> 'archived' ELSE state = $3 END)
    AND ($4 = '' OR purpose = $4)
    AND (CASE WHEN $6 THEN name = $5 ELSE name ILIKE $5 END)
  ORDER BY id DESC LIMIT $7
) c JOIN workspace w ON w.id = c.workspace_id
CROSS JOIN LATERAL ({FIGURES}) f CROSS JOIN LATERAL ({LEFT}) s ORDER BY c.id DESC
"""  # noqa: S608 (constants)
BEFORE = PAGE.replace("id < $2", "id > $2").replace("ORDER BY id DESC LIMIT", "ORDER BY id LIMIT")
ONE = f"""
SELECT {COLUMNS}, f.*, (SELECT count(*) FROM unit u WHERE u.coupon_id = c.id AND u.state = 'free') AS remaining
FROM coupon c JOIN workspace w ON w.id = c.workspace_id CROSS JOIN LATERAL ({FIGURES}) f
WHERE c.workspace_id = $1 AND c.id = $2
"""  # noqa: S608 (constants)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the list. `left`: free stock (at most LEFT_CAP in lists), None: no limit."""

    design: Design
    claimed: int
    opened: int
    redeemed: int
    voided: int
    left: int | None


class ListFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which coupons: `state` "" means all but archived ones, `purpose` "" all; `text` as typed."""

    workspace_id: UUID
    text: str = ""
    state: str = ""
    purpose: str = ""


class CouponPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first. `older`, `newer`: whether more lies beyond its ends."""

    rows: list[Listed]
    older: bool
    newer: bool


async def coupon_page(
    db: Pool | Connection,
    which: ListFilter,
    size: int,
    *,
    after: UUID | None = None,
    before: UUID | None = None,
) -> CouponPage:
    """Return up to `size` coupons older than `after`, or those just newer than `before`."""
    if before is not None:
        rows = await db.fetch(BEFORE, *_values(which, before), size + 1)
        more = len(rows) > size
        kept = rows[1:] if more else rows
        return CouponPage(rows=[_listed(row) for row in kept], older=True, newer=more)
    rows = await db.fetch(PAGE, *_values(which, after or LAST), size + 1)
    listed = [_listed(row) for row in rows[:size]]
    return CouponPage(rows=listed, older=len(rows) > size, newer=after is not None)


async def all_coupons(db: Pool, which: ListFilter) -> AsyncIterator[list[Listed]]:
    """Yield every coupon of `which`, newest first, in steps that hold no connection between them."""
    last = LAST
    while rows := await db.fetch(PAGE, *_values(which, last), STEP):
        yield [_listed(row) for row in rows]
        last = rows[-1]["id"]


async def one_coupon(db: Pool | Connection, workspace_id: UUID, coupon_id: UUID) -> Listed | None:
    """Return one coupon with its figures, everything that is left counted; None: not in the workspace."""
    row = await db.fetchrow(ONE, workspace_id, coupon_id)
    return _listed(row) if row is not None else None


def _values(which: ListFilter, place: UUID) -> tuple[Any, ...]:
    term = search_term(which.text) or Term("%", exact=False)
    return which.workspace_id, place, which.state, which.purpose, term.value, term.exact


def _listed(row: Any) -> Listed:  # noqa: ANN401 (a database record)
    plan = design(row)
    return Listed(
        design=plan,
        claimed=row["claimed"],
        opened=row["opened"],
        redeemed=row["redeemed"],
        voided=row["voided"],
        left=row["remaining"] if plan.counted else None,
    )
