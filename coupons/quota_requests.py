"""Reads requests for more quota: those that wait for a decision, and what became of a member's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from coupons.quota_reads import MemberQuota, member_quotas
from runtime.database import Connection, Pool

MOST = 100
TOLD_FOR = timedelta(days=3)
WAITING = """
FROM quota_request r JOIN coupon c ON c.id = r.coupon_id JOIN member m ON m.id = r.member_id
WHERE r.workspace_id = $1 AND r.state = 'open' AND m.active
"""
OPEN = f"""
SELECT r.id, r.coupon_id, c.name AS coupon_name, r.member_id, m.name AS member_name, m.role, r.amount, r.words,
  r.asked_at {WAITING} ORDER BY r.asked_at, r.id LIMIT $2
"""
COUNT = f"SELECT count(*) {WAITING}"
# Of each coupon the newest request: what was decided long ago is no longer told.
MINE = """
SELECT DISTINCT ON (r.coupon_id) r.id, r.coupon_id, c.name AS coupon_name, r.state, r.amount, r.granted, r.reply,
  r.asked_at, d.name AS decided_by
FROM quota_request r JOIN coupon c ON c.id = r.coupon_id LEFT JOIN member d ON d.id = r.decided_by
WHERE r.member_id = $1 AND (r.state = 'open' OR r.decided_at > $2) ORDER BY r.coupon_id, r.asked_at DESC, r.id DESC
"""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An open request, and how the member stands with the coupon now."""

    id: UUID
    coupon_id: UUID
    coupon_name: str
    member_id: UUID
    member_name: str
    role: str
    amount: int
    words: str
    asked_at: datetime
    quota: MemberQuota


class MyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A member's own request. `granted`, `reply` and `decided_by` tell how it ended; "" and 0 while open."""

    id: UUID
    coupon_id: UUID
    coupon_name: str
    state: str
    amount: int
    granted: int
    reply: str
    asked_at: datetime
    decided_by: str


async def open_requests(
    db: Pool | Connection, workspace_id: UUID, now: datetime
) -> Sequence[Waiting]:
    """List what waits for a decision, longest first, at most 100."""
    rows = await db.fetch(OPEN, workspace_id, MOST)
    coupons = sorted({row["coupon_id"] for row in rows})
    members = sorted({row["member_id"] for row in rows})
    quotas = await member_quotas(db, workspace_id, coupons, members, now)
    return [Waiting(**row, quota=quotas[row["coupon_id"], row["member_id"]]) for row in rows]


async def count_open(db: Pool | Connection, workspace_id: UUID) -> int:
    """Return how many requests wait for a decision."""
    return int(await db.fetchval(COUNT, workspace_id))


async def requests_of(
    db: Pool | Connection, member_id: UUID, now: datetime
) -> dict[UUID, MyRequest]:
    """Return a member's newest request of each coupon: open, or decided in the last three days."""
    rows = await db.fetch(MINE, member_id, now - TOLD_FOR)
    return {
        row["coupon_id"]: MyRequest(**{**row, "decided_by": row["decided_by"] or ""})
        for row in rows
    }
