"""Set the quotas of many members and roles for many coupons at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from coupons.actions.set_quota import clear_quotas, set_quotas
from coupons.rules.quota import may_send
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from team.roles import Role

MOST_PAIRS = 2_000
COUPONS = """
SELECT id, purpose FROM coupon WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
MEMBERS = "SELECT id, role FROM member WHERE workspace_id = $1 AND id = ANY ($2::uuid[])"
# In the doorway's order (coupons.actions.take_limits): a claim and this never wait for each other in a circle.
HOLD = """
SELECT 1 FROM limit_row WHERE coupon_id = ANY ($1::uuid[]) AND subject = ANY ($2::text[])
ORDER BY subject, coupon_id, period_start FOR UPDATE
"""


class ManyQuotas(msgspec.Struct, frozen=True, kw_only=True):
    """For which coupons and for whom (members' ids as text, roles). `value` None: no limit; with `clear` what
    holds without a value of their own holds again.
    """

    workspace_id: UUID
    coupons: Sequence[UUID]
    who: Sequence[str]
    value: int | None = None
    clear: bool = False


async def set_many_quotas(tx: Connection, many: ManyQuotas, now: datetime, *, by: UUID) -> None:
    """Set every one of `who` for every coupon their role may send, all or none.

    Raises NotFound when a coupon or member is not the workspace's, Invalid as `set_quotas` does.
    """
    if len(many.coupons) * len(many.who) > MOST_PAIRS:
        raise Invalid("who", f"Change at most {MOST_PAIRS:,} cells at once")
    purposes = {
        row["id"]: row["purpose"]
        for row in await tx.fetch(COUPONS, many.workspace_id, list(many.coupons))
    }
    if len(purposes) != len(set(many.coupons)):
        raise NotFound("There is no such coupon")
    roles = await _roles(tx, many)
    await tx.execute(HOLD, list(purposes), [f"m:{who}" for who in roles])
    for coupon, purpose in purposes.items():
        who = [one for one, role in roles.items() if may_send(role, purpose)]
        if many.clear:
            await clear_quotas(tx, coupon, who, now, by=by)
        elif who:
            await set_quotas(tx, coupon, dict.fromkeys(who, many.value), now, by=by)


async def _roles(tx: Connection, many: ManyQuotas) -> dict[str, str]:
    """Return the role of each of `who`; a role's own is itself."""
    named = set(Role)
    try:
        ids = [UUID(one) for one in many.who if one not in named]
    except ValueError:
        raise NotFound("There is no such member or role") from None
    rows = await tx.fetch(MEMBERS, many.workspace_id, ids)
    if len(rows) != len(set(ids)):
        raise NotFound("There is no such member")
    members = {str(row["id"]): row["role"] for row in rows}
    return {one: one for one in many.who if one in named} | members
