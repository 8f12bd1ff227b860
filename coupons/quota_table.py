"""Who may send how many of a coupon, and what they have sent: the admins' table."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from coupons.rules.quota import SENDERS, effective_quota, left, period_start
from runtime.database import Pool
from runtime.errors import NotFound
from team.roles import Role, holders

COUPON = """
SELECT c.name, c.purpose, c.state, c.default_quota, c.quota_period, w.zone
FROM coupon c JOIN workspace w ON w.id = c.workspace_id WHERE c.id = $1 AND c.workspace_id = $2
"""
VALUES = "SELECT who, value FROM quota_value WHERE coupon_id = $1"
MEMBERS = """
SELECT m.id, m.name, m.role, coalesce(l.count, 0) AS used
FROM member m LEFT JOIN limit_row l ON l.coupon_id = $2 AND l.subject = 'm:' || m.id::text
  AND l.period_start = $3
WHERE m.workspace_id = $1 AND m.active AND m.role = ANY ($4::text[]) ORDER BY m.name, m.id
"""


class QuotaRow(msgspec.Struct, frozen=True, kw_only=True):
    """A role's or a member's line. `own`: a value of their own is set, and `value` is it; else the role's or
    the coupon's holds. `quota`: what holds; None means no limit. `used` in the running period, `left` of it;
    both None for a role.
    """

    who: str
    name: str
    role: str
    own: bool
    quota: int | None
    used: int | None = None
    left: int | None = None


class QuotaTable(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon's quotas. `period`: total, day, week or month; `since`: when the running one began."""

    coupon_id: UUID
    name: str
    purpose: str
    default: int | None
    period: str
    since: datetime
    zone: str
    roles: tuple[QuotaRow, ...]
    members: tuple[QuotaRow, ...]


async def quota_table(pool: Pool, workspace_id: UUID, coupon_id: UUID, now: datetime) -> QuotaTable:
    """Read the table: one line a role that may send the coupon, one a member. Raises NotFound."""
    coupon = await pool.fetchrow(COUPON, coupon_id, workspace_id)
    if coupon is None:
        raise NotFound("There is no such coupon")
    right = SENDERS.get(coupon["purpose"])
    roles = [role for role in Role if right is not None and role in holders(right)]
    since = period_start(coupon["quota_period"], now, coupon["zone"])
    values = {row["who"]: row["value"] for row in await pool.fetch(VALUES, coupon_id)}
    default = coupon["default_quota"]
    members = await pool.fetch(MEMBERS, workspace_id, coupon_id, since, roles)
    return QuotaTable(
        coupon_id=coupon_id,
        name=coupon["name"],
        purpose=coupon["purpose"],
        default=default,
        period=coupon["quota_period"],
        since=since,
        zone=coupon["zone"],
        roles=tuple(
            QuotaRow(
                who=role, name=role, role=role, own=role in values, quota=values.get(role, default)
            )
            for role in roles
        ),
        members=tuple(
            _member(str(row["id"]), row["name"], row["role"], row["used"], values, default)
            for row in members
        ),
    )


def _member(
    who: str, name: str, role: str, used: int, values: dict[str, int | None], default: int | None
) -> QuotaRow:
    quota = effective_quota(values, who, role, default)
    return QuotaRow(
        who=who,
        name=name,
        role=role,
        own=who in values,
        quota=quota,
        used=used,
        left=left(quota, used),
    )
