"""Say how many of a coupon a member, or each member of a role, may send."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.live import Change, publish
from team.audit import Entry, record

WORKSPACE = "SELECT workspace_id FROM coupon WHERE id = $1"
SET = """
INSERT INTO quota_value (coupon_id, who, value) VALUES ($1, $2, $3)
ON CONFLICT (coupon_id, who) DO UPDATE SET value = $3
"""
CLEAR = "DELETE FROM quota_value WHERE coupon_id = $1 AND who = $2"
MOST = 10_000_000


async def set_quota(
    tx: Connection,
    coupon_id: UUID,
    who: str,
    value: int | None,
    now: datetime,
    *,
    by: UUID | None = None,
) -> None:
    """Set the quota of `who` (a member's id as text, or a role); None means no limit, 0 none at all.

    Raises NotFound or Invalid.
    """
    if value is not None and not 0 <= value <= MOST:
        raise Invalid("quota", f"Write a whole number from 0 to {MOST:,}, or leave it empty")
    await _change(tx, coupon_id, who, {"value": value}, now, by=by)
    await tx.execute(SET, coupon_id, who, value)


async def clear_quota(
    tx: Connection, coupon_id: UUID, who: str, now: datetime, *, by: UUID | None = None
) -> None:
    """Let the role's quota, or the coupon's, hold for `who` again; raises NotFound."""
    await _change(tx, coupon_id, who, {"value": "default"}, now, by=by)
    await tx.execute(CLEAR, coupon_id, who)


async def _change(
    tx: Connection,
    coupon_id: UUID,
    who: str,
    detail: dict[str, object],
    now: datetime,
    *,
    by: UUID | None,
) -> None:
    workspace = await tx.fetchval(WORKSPACE, coupon_id)
    if workspace is None:
        raise NotFound("There is no such coupon")
    entry = Entry(
        workspace_id=workspace,
        member_id=by,
        action="coupon.quota",
        subject=str(coupon_id),
        detail={"who": who, **detail},
    )
    await record(tx, entry, now)
    await publish(tx, [Change(workspace, "coupon", coupon_id, {"quota": who})], now)
