"""What members may send of coupons, what they sent, and what is left: one read for every screen of quotas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.rules.quota import ALWAYS, effective_quota, left, may_send, period_start
from runtime.database import Connection, Pool

ZONE = "SELECT zone FROM workspace WHERE id = $1"
# $4 to $7: since when a quota counts that is for all time, a day, a week and a month.
QUOTAS = """
SELECT c.id AS coupon_id, c.purpose, c.state, c.default_quota, m.id AS member_id, m.role,
  (SELECT ARRAY[q.value] FROM quota_value q WHERE q.coupon_id = c.id AND q.who = m.id::text) AS own,
  (SELECT ARRAY[q.value] FROM quota_value q WHERE q.coupon_id = c.id AND q.who = m.role) AS of_role,
  coalesce((SELECT l.count FROM limit_row l WHERE l.coupon_id = c.id AND l.subject = 'm:' || m.id::text
    AND l.period_start = CASE c.quota_period WHEN 'day' THEN $5 WHEN 'week' THEN $6 WHEN 'month' THEN $7
      ELSE $4::timestamptz END), 0) AS used
FROM coupon c JOIN member m ON m.workspace_id = c.workspace_id
WHERE c.workspace_id = $1 AND c.id = ANY ($2::uuid[]) AND m.id = ANY ($3::uuid[])
"""


class MemberQuota(msgspec.Struct, frozen=True, kw_only=True):
    """A member's quota of a coupon. `own`: a value of their own is set; `otherwise`: what would hold without
    it. `quota` is what holds, `left` of it in the running period; None means no limit. `sends`: their role may
    send the coupon. `given`: the coupon is being given out, or paused.
    """

    own: bool
    otherwise: int | None
    quota: int | None
    used: int
    left: int | None
    sends: bool
    given: bool


async def member_quotas(
    db: Pool | Connection,
    workspace_id: UUID,
    coupons: Sequence[UUID],
    members: Sequence[UUID],
    now: datetime,
) -> dict[tuple[UUID, UUID], MemberQuota]:
    """Return quotas by (coupon, member); what is not the workspace's is left out."""
    zone = await db.fetchval(ZONE, workspace_id)
    if zone is None:
        return {}
    starts = [ALWAYS, *(period_start(period, now, zone) for period in ("day", "week", "month"))]
    rows = await db.fetch(QUOTAS, workspace_id, list(coupons), list(members), *starts)
    return {(row["coupon_id"], row["member_id"]): _quota(row) for row in rows}


def set_values(row: Any, member_id: str) -> Mapping[str, int | None]:  # noqa: ANN401 (a database record)
    """Return what was set for a member and their role, by who; `own`, `of_role`: null or an array of one."""
    values: dict[str, int | None] = {}
    if row["of_role"] is not None:
        values[row["role"]] = row["of_role"][0]
    if row["own"] is not None:
        values[member_id] = row["own"][0]
    return values


def _quota(row: Any) -> MemberQuota:  # noqa: ANN401 (a database record)
    member, role, default = str(row["member_id"]), row["role"], row["default_quota"]
    values = set_values(row, member)
    quota = effective_quota(values, member, role, default)
    return MemberQuota(
        own=member in values,
        otherwise=values.get(role, default),
        quota=quota,
        used=row["used"],
        left=left(quota, row["used"]),
        sends=may_send(role, row["purpose"]),
        given=row["state"] in {"published", "paused"},
    )
