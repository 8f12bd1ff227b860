"""Revoke every claim of a coupon that is not redeemed yet: ordered at once, done a step at a time.

From the order on no till redeems one of them (coupons.actions.lock_claim). A durable row tells how far it is;
a process killed midway leaves it, and whichever worker looks next goes on.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from coupons.actions.versions import Deed, keep
from coupons.actions.void import void
from runtime.database import Connection, Database
from runtime.errors import NotFound
from runtime.live import Change, publish

STEP = 500
OURS = "SELECT 1 FROM coupon WHERE id = $1 AND workspace_id = $2 FOR NO KEY UPDATE"
BEGIN = """
INSERT INTO void_job (coupon_id, member_id, created_at) VALUES ($1, $2, $3)
ON CONFLICT (coupon_id) DO UPDATE SET upto = DEFAULT
"""
WAITING = "SELECT coupon_id FROM void_job ORDER BY created_at, coupon_id"
# The coupon before the job, as whoever orders one does.
LOCK = "SELECT workspace_id FROM coupon WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED"
JOB = "SELECT member_id, upto FROM void_job WHERE coupon_id = $1 FOR UPDATE"
NEXT = """
SELECT id FROM claim WHERE coupon_id = $1 AND state = 'issued' AND NOT test AND id > $2 ORDER BY id LIMIT $3
"""
DONE = "UPDATE void_job SET voided = voided + $2, upto = $3 WHERE coupon_id = $1 RETURNING voided"
END = "DELETE FROM void_job WHERE coupon_id = $1"


async def begin_voiding(
    tx: Connection, workspace_id: UUID, coupon_id: UUID, by: UUID, now: datetime
) -> None:
    """Order it; ordered again meanwhile, it begins anew. Raises NotFound."""
    if await tx.fetchval(OURS, coupon_id, workspace_id) is None:
        raise NotFound("There is no such coupon")
    await tx.execute(BEGIN, coupon_id, by, now)
    await publish(tx, [Change(workspace_id, "coupon", coupon_id, {"voiding": True})], now)


async def voiding(database: Database) -> list[UUID]:
    """Return the coupons whose claims are being revoked, the oldest order first."""
    return [row["coupon_id"] for row in await database.screens.fetch(WAITING)]


async def void_step(
    database: Database, coupon_id: UUID, now: datetime, *, most: int = STEP
) -> bool:
    """Revoke up to `most` claims; return whether more is to do (False, too, when another process is at it)."""
    async with database.transaction() as tx:
        workspace = await tx.fetchval(LOCK, coupon_id)
        job = await tx.fetchrow(JOB, coupon_id) if workspace is not None else None
        if workspace is None or job is None:
            return False
        ids = [row["id"] for row in await tx.fetch(NEXT, coupon_id, job["upto"], most)]
        voided = await void(tx, workspace, ids, job["member_id"], now)
        upto = ids[-1] if ids else job["upto"]
        total = await tx.fetchval(DONE, coupon_id, len(voided), upto)
        if len(ids) == most:
            return True
        await tx.execute(END, coupon_id)
        changes = {"claims": (None, total)}
        deed = Deed(coupon_id=coupon_id, what="voided", changes=changes, by=job["member_id"])
        await keep(tx, deed, now)
        await publish(tx, [Change(workspace, "coupon", coupon_id, {"voiding": False})], now)
    return False
