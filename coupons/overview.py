"""Coupons of a whole workspace over some days, from the totals that coupons.rollups keeps.

A long span is read from whole months and the days at its ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from conversations.overview import Span, cover
from runtime.database import Connection, Pool

NIL = UUID(int=0)
# The stretches of `cover`: which of the two spans asked for each belongs to, its grain, and its days.
STRETCHES = "unnest($3::int[], $4::int[], $5::date[], $6::date[]) AS s (span, grain, a, b)"
WITHIN = """
f.workspace_id = $1 AND f.grain = s.grain AND f.day >= s.a AND f.day < s.b AND ($2 = '' OR f.channel = $2)
"""
# Stretch by stretch (LATERAL), so that each is read by the index, whatever the server knows of the table.
TOTALS = f"""
SELECT s.span, coalesce(sum(p.claimed), 0)::bigint AS claimed, coalesce(sum(p.opened), 0)::bigint AS opened,
  coalesce(sum(p.redeemed), 0)::bigint AS redeemed
FROM {STRETCHES} CROSS JOIN LATERAL (
  SELECT sum(f.claimed) AS claimed, sum(f.opened) AS opened, sum(f.redeemed) AS redeemed
  FROM figure_total f WHERE {WITHIN}
) p GROUP BY s.span ORDER BY s.span
"""  # noqa: S608 (our own names)
BY_MEMBER = f"""
SELECT p.member_id, sum(p.claimed)::bigint AS claimed FROM {STRETCHES} CROSS JOIN LATERAL (
  SELECT f.member_id, sum(f.claimed) AS claimed FROM figure_total f
  WHERE {WITHIN} AND f.member_id <> $7 AND f.claimed <> 0 GROUP BY 1
) p GROUP BY 1
"""  # noqa: S608 (our own names)


class CouponSums(msgspec.Struct, frozen=True, kw_only=True):
    """How many coupons were sent (claimed, by whatever way), opened and redeemed."""

    claimed: int = 0
    opened: int = 0
    redeemed: int = 0


async def coupon_sums(
    db: Pool | Connection,
    workspace_id: UUID,
    channel: str,
    days: tuple[date, date],
    before: tuple[date, date],
) -> tuple[CouponSums, CouponSums]:
    """Return the sums of two spans of days, their last ones included, on one channel or all ("")."""
    both = [*cover(0, Span(*days)), *cover(1, Span(*before))]
    rows = await db.fetch(TOTALS, workspace_id, channel, *map(list, zip(*both, strict=True)))
    first, second = (
        CouponSums(**{n: row[n] for n in CouponSums.__struct_fields__}) for row in rows
    )
    return first, second


async def sent_by_members(
    db: Pool | Connection, workspace_id: UUID, channel: str, days: tuple[date, date]
) -> Mapping[UUID, int]:
    """Return how many coupons each member sent."""
    stretches = map(list, zip(*cover(0, Span(*days)), strict=True))
    rows = await db.fetch(BY_MEMBER, workspace_id, channel, *stretches, NIL)
    return {row["member_id"]: row["claimed"] for row in rows}
