"""How many a member may still send, and from when a limit counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from coupons.rules.validity import midnight
from team.roles import Right, Role, may

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""The period start of limits that count for all time."""

SENDERS: Mapping[str, Right] = {
    "service": Right.SEND_SERVICE_COUPON,
    "sales": Right.SEND_SALES_COUPON,
}


def may_send(role: str, purpose: str) -> bool:
    """Say whether a member of `role` may send coupons of `purpose` from a conversation.

    Nobody may send marketing coupons: bots and broadcasts do.
    """
    return purpose in SENDERS and may(role, SENDERS[purpose])


def effective_quota(
    values: Mapping[str, int | None], member_id: str, role: str, default: int | None
) -> int | None:
    """Return the member's own value, else the role's, else the coupon's default.

    `values` holds what was set, by member id or role; None means no limit, 0 that they may not.
    """
    for who in (member_id, role):
        if who in values:
            return values[who]
    return default


def left(limit: int | None, used: int) -> int | None:
    """Return how many remain; None means no limit."""
    return None if limit is None else max(limit - used, 0)


def period_start(period: str, at: datetime, zone: str) -> datetime:
    """Return when the running `period` (total, day, week or month) began in the workspace's zone, in UTC.

    Days are calendar days, weeks begin on Monday, months on their first.
    """
    if period == "total":
        return ALWAYS
    today = at.astimezone(ZoneInfo(zone)).date()
    back = {"day": 0, "week": today.weekday(), "month": today.day - 1}[period]
    return midnight(at, zone, -back)


def may_send_here(role: str, *, in_own_stores: bool) -> bool:
    """Say whether the coupon's stores let this member send it: a seller's must be one of their own."""
    return role != Role.SELLER or in_own_stores
