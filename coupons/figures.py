"""A coupon's figures for its own page: in all, over a span of days, and by what they can be told apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool

SUMS = """
coalesce(sum(f.claimed), 0)::bigint AS claimed, coalesce(sum(f.opened), 0)::bigint AS opened,
coalesce(sum(f.redeemed), 0)::bigint AS redeemed, coalesce(sum(f.voided), 0)::bigint AS voided
"""
WITHIN = "FROM figure f WHERE f.coupon_id = $1 AND f.day >= $2 AND f.day < $3"
TOTALS = f"SELECT {SUMS} {WITHIN}"
# Days up to four months, whole months beyond: a picture with a thousand points tells nothing.
TREND = f"""
SELECT date_trunc($4, d.day)::date AS name, {SUMS}
FROM generate_series($2::date, $3::date - 1, interval '1 day') AS d (day)
LEFT JOIN figure f ON f.coupon_id = $1 AND f.day = d.day::date GROUP BY 1 ORDER BY 1
"""  # noqa: S608 (constants)
BY_CHANNEL = f"SELECT f.channel AS name, {SUMS} {WITHIN} GROUP BY 1 ORDER BY 2 DESC, 1"
BY_TRIGGER = f"SELECT f.trigger_kind AS name, {SUMS} {WITHIN} GROUP BY 1 ORDER BY 2 DESC, 1"
BY_MEMBER = f"""
SELECT m.name AS name, {SUMS} FROM figure f LEFT JOIN member m ON m.id = f.member_id
WHERE f.coupon_id = $1 AND f.day >= $2 AND f.day < $3
GROUP BY f.member_id, m.name ORDER BY 2 DESC, m.name NULLS LAST, f.member_id
"""  # noqa: S608 (constants)
BY_STORE = f"""
SELECT s.name AS name, {SUMS} FROM figure f LEFT JOIN store s ON s.id = f.store_id
WHERE f.coupon_id = $1 AND f.day >= $2 AND f.day < $3 AND f.redeemed <> 0
GROUP BY f.store_id, s.name ORDER BY 4 DESC, s.name NULLS LAST, f.store_id
"""  # noqa: S608 (constants)
# Of the claims made in these days, whatever became of them since.
FUNNEL = """
SELECT count(*) AS claimed, count(opened_on) AS opened, count(redeemed_on) AS redeemed, count(voided_on) AS voided
FROM counted_claim WHERE coupon_id = $1 AND claimed_on >= $2 AND claimed_on < $3
"""
FIRST = "SELECT min(day) FROM figure WHERE coupon_id = $1"
MOST_DAYS = 123
WEEK = 7


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """How many were claimed, opened, redeemed and voided; `name` "" stands for none."""

    name: str = ""
    claimed: int = 0
    opened: int = 0
    redeemed: int = 0
    voided: int = 0


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A day of the trend, or a whole month."""

    day: date
    claimed: int
    opened: int
    redeemed: int


class Days(msgspec.Struct, frozen=True):
    """Days of the workspace's zone, `last` included."""

    first: date
    last: date

    @property
    def monthly(self) -> bool:
        """Whether the trend goes by months."""
        return (self.last - self.first).days >= MOST_DAYS


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What happened within `days`. `channels`, `triggers` and `members` (who sent it) tell all of it apart,
    `stores` only what was redeemed. `funnel`: the claims made in these days, and what became of them until now.
    """

    days: Days
    totals: Numbers
    funnel: Numbers
    trend: list[Point]
    channels: list[Numbers]
    triggers: list[Numbers]
    members: list[Numbers]
    stores: list[Numbers]


def last_week(today: date) -> Days:
    """Return the seven days that end with `today`."""
    return Days(today - timedelta(days=WEEK - 1), today)


async def figures(db: Pool | Connection, coupon_id: UUID, days: Days) -> Figures:
    """Read the figures of a coupon over some days."""
    span = (coupon_id, days.first, days.last + timedelta(days=1))
    trend = await db.fetch(TREND, *span, "month" if days.monthly else "day")
    return Figures(
        days=days,
        totals=_numbers(await db.fetch(TOTALS, *span), named=False)[0],
        funnel=_numbers(await db.fetch(FUNNEL, *span), named=False)[0],
        trend=[_point(row) for row in trend],
        channels=_numbers(await db.fetch(BY_CHANNEL, *span)),
        triggers=_numbers(await db.fetch(BY_TRIGGER, *span)),
        members=_numbers(await db.fetch(BY_MEMBER, *span)),
        stores=_numbers(await db.fetch(BY_STORE, *span)),
    )


async def first_day(db: Pool | Connection, coupon_id: UUID) -> date | None:
    """Return the first day that anything happened; None when nothing has."""
    found: date | None = await db.fetchval(FIRST, coupon_id)
    return found


def _numbers(rows: Sequence[Any], *, named: bool = True) -> list[Numbers]:
    found = [
        Numbers(
            name=(row["name"] or "") if named else "",
            claimed=row["claimed"],
            opened=row["opened"],
            redeemed=row["redeemed"],
            voided=row["voided"],
        )
        for row in rows
    ]
    # What was counted and taken back again leaves rows of zeros.
    kept = [one for one in found if one.claimed or one.opened or one.redeemed or one.voided]
    return kept if named else found


def _point(row: Any) -> Point:  # noqa: ANN401 (a database record)
    return Point(
        day=row["name"], claimed=row["claimed"], opened=row["opened"], redeemed=row["redeemed"]
    )
