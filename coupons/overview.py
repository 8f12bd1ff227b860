"""Coupons of a whole workspace over some days, from the roll-ups of coupons.rollups."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool

NIL = UUID(int=0)
# One look at all the days from the first of the earlier span on.
TOTALS = """
SELECT s.span, coalesce(sum(f.claimed), 0)::bigint AS claimed, coalesce(sum(f.opened), 0)::bigint AS opened,
  coalesce(sum(f.redeemed), 0)::bigint AS redeemed
FROM (VALUES (0), (1)) AS s (span) LEFT JOIN (
  SELECT CASE WHEN day >= $3 AND day <= $4 THEN 0 WHEN day >= $5 AND day <= $6 THEN 1 END AS span,
    sum(claimed) AS claimed, sum(opened) AS opened, sum(redeemed) AS redeemed
  FROM figure WHERE workspace_id = $1 AND day >= least($3::date, $5::date) AND day <= greatest($4::date, $6::date)
    AND ($2 = '' OR channel = $2) GROUP BY 1
) f USING (span) GROUP BY s.span ORDER BY s.span
"""
BY_MEMBER = """
SELECT f.member_id, sum(f.claimed)::bigint AS claimed FROM figure f
WHERE f.workspace_id = $1 AND f.day >= $3 AND f.day <= $4 AND ($2 = '' OR f.channel = $2) AND f.member_id <> $5
  AND f.claimed <> 0
GROUP BY 1
"""


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
    rows = await db.fetch(TOTALS, workspace_id, channel, *days, *before)
    first, second = (
        CouponSums(**{n: row[n] for n in CouponSums.__struct_fields__}) for row in rows
    )
    return first, second


async def sent_by_members(
    db: Pool | Connection, workspace_id: UUID, channel: str, days: tuple[date, date]
) -> Mapping[UUID, int]:
    """Return how many coupons each member sent."""
    rows = await db.fetch(BY_MEMBER, workspace_id, channel, *days, NIL)
    return {row["member_id"]: row["claimed"] for row in rows}
