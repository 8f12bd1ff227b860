"""Revoke every claim of a coupon that is not redeemed yet, a step at a time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from coupons.actions.versions import Deed, keep
from coupons.actions.void import void
from runtime.database import Database
from runtime.errors import NotFound

STEP = 500
OURS = "SELECT 1 FROM coupon WHERE id = $1 AND workspace_id = $2"
NEXT = """
SELECT id FROM claim WHERE coupon_id = $1 AND state = 'issued' AND NOT test AND id > $2 ORDER BY id LIMIT $3
"""
FIRST = UUID(int=0)


async def void_remaining(
    database: Database, workspace_id: UUID, coupon_id: UUID, by: UUID, now: datetime
) -> int:
    """Revoke what is issued and return how many claims that were; raises NotFound.

    Cut off midway, what was revoked stays so; asking again goes on with the rest.
    """
    if not await database.screens.fetchval(OURS, coupon_id, workspace_id):
        raise NotFound("There is no such coupon")
    total, last = 0, FIRST
    while True:
        async with database.transaction() as tx:
            ids = [row["id"] for row in await tx.fetch(NEXT, coupon_id, last, STEP)]
            total += len(await void(tx, workspace_id, ids, by, now))
        if len(ids) < STEP:
            break
        last = ids[-1]
    async with database.transaction() as tx:
        changes = {"claims": (None, total)}
        await keep(tx, Deed(coupon_id=coupon_id, what="voided", changes=changes, by=by), now)
    return total
