"""Say how many of a coupon a member, or each member of a role, may send."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from coupons.rules.quota import period_start
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.live import Change, publish
from runtime.words import Words, mark
from team.audit import Entry, record
from team.roles import Role

BELOW_USED = mark("%(name)s has sent %(count)s already: set %(count)s or more, or 0 to stop them")

COUPON = """
SELECT c.workspace_id, c.quota_period, w.zone FROM coupon c JOIN workspace w ON w.id = c.workspace_id
WHERE c.id = $1 FOR NO KEY UPDATE OF c
"""
MEMBERS = "SELECT id, name FROM member WHERE workspace_id = $1 AND id = ANY ($2::uuid[])"
USED = """
SELECT m.id, l.count FROM member m
JOIN limit_row l ON l.coupon_id = $1 AND l.subject = 'm:' || m.id::text AND l.period_start = $2
WHERE m.id = ANY ($3::uuid[]) ORDER BY l.subject FOR UPDATE OF l
"""
SET = """
INSERT INTO quota_value (coupon_id, who, value) SELECT $1, w, v FROM unnest($2::text[], $3::int[]) AS u (w, v)
ON CONFLICT (coupon_id, who) DO UPDATE SET value = EXCLUDED.value
"""
CLEAR = "DELETE FROM quota_value WHERE coupon_id = $1 AND who = ANY ($2::text[])"
MOST = 10_000_000


async def set_quotas(
    tx: Connection,
    coupon_id: UUID,
    values: Mapping[str, int | None],
    now: datetime,
    *,
    by: UUID | None = None,
) -> None:
    """Set quotas, all or none, by `who` (a member's id as text, or a role); None: no limit, 0: none at all.

    A member's value below what they sent in the running period is refused with that figure, but 0 is
    always taken: it stops them. Raises NotFound or Invalid.
    """
    for value in values.values():
        if value is not None and not 0 <= value <= MOST:
            raise Invalid("quota", f"Write a whole number from 0 to {MOST:,}, or leave it empty")
    coupon = await _coupon(tx, coupon_id)
    await _refuse_below_used(tx, coupon_id, coupon, values, now)
    await tx.execute(SET, coupon_id, list(values), list(values.values()))
    for who, value in values.items():
        entry = _entry(coupon, coupon_id, {"who": who, "value": value}, by)
        await _tell(tx, entry, coupon_id, now)


async def clear_quotas(
    tx: Connection, coupon_id: UUID, who: list[str], now: datetime, *, by: UUID | None = None
) -> None:
    """Let the role's quota, or the coupon's, hold for each of `who` again; raises NotFound."""
    coupon = await _coupon(tx, coupon_id)
    await tx.execute(CLEAR, coupon_id, who)
    for one in who:
        entry = _entry(coupon, coupon_id, {"who": one, "value": "default"}, by)
        await _tell(tx, entry, coupon_id, now)


async def _coupon(tx: Connection, coupon_id: UUID) -> Mapping[str, object]:
    row = await tx.fetchrow(COUPON, coupon_id)
    if row is None:
        raise NotFound("There is no such coupon")
    return dict(row)


async def _refuse_below_used(
    tx: Connection,
    coupon_id: UUID,
    coupon: Mapping[str, object],
    values: Mapping[str, int | None],
    now: datetime,
) -> None:
    roles = set(Role)
    try:
        ids = [UUID(who) for who in values if who not in roles]
    except ValueError:
        raise NotFound("There is no such member or role") from None
    rows = await tx.fetch(MEMBERS, coupon["workspace_id"], ids)
    names = {row["id"]: row["name"] for row in rows}
    if len(names) != len(set(ids)):
        raise NotFound("There is no such member")
    start = period_start(str(coupon["quota_period"]), now, str(coupon["zone"]))
    for row in await tx.fetch(USED, coupon_id, start, ids):
        value = values[str(row["id"])]
        if value is not None and 0 < value < row["count"]:
            told = Words(BELOW_USED, name=names[row["id"]], count=f"{row['count']:,}")
            raise Invalid("quota", told)


def _entry(
    coupon: Mapping[str, object], coupon_id: UUID, detail: dict[str, object], by: UUID | None
) -> Entry:
    return Entry(
        workspace_id=UUID(str(coupon["workspace_id"])),
        member_id=by,
        action="coupon.quota",
        subject=str(coupon_id),
        detail=detail,
    )


async def _tell(tx: Connection, entry: Entry, coupon_id: UUID, now: datetime) -> None:
    await record(tx, entry, now)
    change = Change(entry.workspace_id, "coupon", coupon_id, {"quota": entry.detail["who"]})
    await publish(tx, [change], now)
