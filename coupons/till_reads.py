"""What a till shows of its day: how many it redeemed, the newest of them, and who may work where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.rules.redeeming import UNDO_WITHIN
from coupons.rules.validity import midnight
from runtime.database import Connection, Pool
from team.queries import Viewer
from team.roles import Right, may

NEWEST = 12

STORES = """
SELECT s.id, s.name FROM store s WHERE s.workspace_id = $1 AND ($3 OR EXISTS (
  SELECT 1 FROM member_store m WHERE m.store_id = s.id AND m.member_id = $2)) ORDER BY s.name, s.id
"""
COUNT = """
SELECT count(*) FROM redemption r JOIN claim k ON k.id = r.claim_id
WHERE r.workspace_id = $1 AND r.at >= $2 AND r.store_id = $3 AND r.kind = 'redeem' AND NOT k.test
  AND NOT EXISTS (SELECT 1 FROM redemption u WHERE u.claim_id = r.claim_id AND u.undoes = r.id)
"""
LATEST = """
SELECT r.at, r.who, r.member_id, k.number, c.name AS coupon_name,
  EXISTS (SELECT 1 FROM redemption u WHERE u.claim_id = r.claim_id AND u.undoes = r.id) AS undone
FROM redemption r JOIN claim k ON k.id = r.claim_id JOIN coupon c ON c.id = k.coupon_id
WHERE r.workspace_id = $1 AND r.at >= $2 AND r.store_id = $3 AND r.kind = 'redeem'
ORDER BY r.at DESC, r.id DESC LIMIT $4
"""


class StoreName(msgspec.Struct, frozen=True):
    """A store to choose from."""

    id: UUID
    name: str


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """One redemption of today. `undo_until` None: it was undone."""

    at: datetime
    number: str
    coupon_name: str
    who: str
    member_id: UUID | None
    undo_until: datetime | None


class Today(msgspec.Struct, frozen=True):
    """How many coupons a store redeemed today, and the newest of them."""

    count: int
    newest: Sequence[Done]


async def stores_for(db: Connection | Pool, viewer: Viewer) -> Sequence[StoreName]:
    """List the stores a member redeems in: their own ones; for a manager all of the workspace."""
    everywhere = may(viewer.role, Right.MANAGE_TILLS)
    rows = await db.fetch(STORES, viewer.workspace_id, viewer.id, everywhere)
    return [StoreName(row["id"], row["name"]) for row in rows]


async def count_today(db: Connection | Pool, viewer: Viewer, store_id: UUID, now: datetime) -> int:
    """Count a store's redemptions since midnight in the workspace's zone, without those undone."""
    since = midnight(now, viewer.zone)
    return int(await db.fetchval(COUNT, viewer.workspace_id, since, store_id))


async def today(db: Connection | Pool, viewer: Viewer, store_id: UUID, now: datetime) -> Today:
    """Read a store's day."""
    since = midnight(now, viewer.zone)
    rows = await db.fetch(LATEST, viewer.workspace_id, since, store_id, NEWEST)
    count = await count_today(db, viewer, store_id, now)
    return Today(count, [_done(row) for row in rows])


def _done(row: Any) -> Done:  # noqa: ANN401 (a database record)
    return Done(
        at=row["at"],
        number=row["number"],
        coupon_name=row["coupon_name"],
        who=row["who"],
        member_id=row["member_id"],
        undo_until=None if row["undone"] else row["at"] + UNDO_WITHIN,
    )
