"""Add a promotion link to a coupon, or end one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from coupons.promotions.queries import PromotionFacts
from coupons.promotions.tokens import SLUG_LENGTH
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.ids import number, uuid7
from team.audit import Entry, record

LONGEST = 60

OWN = "SELECT 1 FROM coupon WHERE id = $1 AND workspace_id = $2"
ADD = """
INSERT INTO promotion (id, workspace_id, coupon_id, name, slug, active, created_at)
VALUES ($1, $2, $3, $4, $5, true, $6)
ON CONFLICT (coupon_id, name) DO UPDATE SET active = true
RETURNING id, workspace_id, coupon_id, name, slug, active
"""
END = """
UPDATE promotion SET active = $4 WHERE id = $1 AND coupon_id = $2 AND workspace_id = $3 RETURNING name
"""


async def add_promotion(
    tx: Connection, workspace_id: UUID, coupon_id: UUID, name: str, by: UUID, now: datetime
) -> PromotionFacts:
    """Add a link for a promotion channel; the same name again returns the link there is, giving out again.

    Raises Invalid for a name that is empty or over 60 characters, NotFound for another workspace's coupon.
    """
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST:
        raise Invalid("name", "Name the promotion channel in 1 to 60 characters")
    if not await tx.fetchval(OWN, coupon_id, workspace_id):
        raise NotFound("There is no such coupon")
    slug = number(SLUG_LENGTH).lower()
    row = await tx.fetchrow(ADD, uuid7(), workspace_id, coupon_id, plain, slug, now)
    entry = Entry(
        workspace_id=workspace_id,
        member_id=by,
        action="promotion.add",
        subject=str(row["id"]),
        detail={"coupon": str(coupon_id), "name": plain},
    )
    await record(tx, entry, now)
    return PromotionFacts(**dict(row))


async def set_promotion(  # noqa: PLR0913 (which, by whom, when)
    tx: Connection,
    workspace_id: UUID,
    coupon_id: UUID,
    promotion_id: UUID,
    *,
    active: bool,
    by: UUID,
    now: datetime,
) -> None:
    """Let a link give out its coupon, or end that; claims made stay. Raises NotFound."""
    name = await tx.fetchval(END, promotion_id, coupon_id, workspace_id, active)
    if name is None:
        raise NotFound("There is no such link")
    entry = Entry(
        workspace_id=workspace_id,
        member_id=by,
        action="promotion.resume" if active else "promotion.end",
        subject=str(promotion_id),
        detail={"coupon": str(coupon_id), "name": name},
    )
    await record(tx, entry, now)
