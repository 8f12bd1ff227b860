"""Remember what a member chose for a promotion, and the logos a workspace uploads."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from coupons.promotions.queries import Choice
from runtime.database import Connection, Pool
from runtime.ids import uuid7

REMEMBER = """
INSERT INTO promotion_choice (member_id, workspace_id, name, logo, at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (member_id) DO UPDATE SET name = $3, logo = $4, at = $5
"""
KEEP = """
INSERT INTO promotion_logo (id, workspace_id, key, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
"""


async def remember(
    db: Connection | Pool, workspace_id: UUID, member_id: UUID, choice: Choice, now: datetime
) -> None:
    """Keep a member's last promotion channel and logo, which the page offers next time."""
    await db.execute(REMEMBER, member_id, workspace_id, choice.name[:60], choice.logo[:130], now)


async def keep_logo(db: Connection | Pool, workspace_id: UUID, key: str, now: datetime) -> None:
    """Add a stored picture to the workspace's logos."""
    await db.execute(KEEP, uuid7(), workspace_id, key, now)
