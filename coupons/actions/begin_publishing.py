"""Publish a draft from a screen: what it lacks is told, its tests are wiped, its units are made beside."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from coupons.actions.design import prepare
from coupons.actions.edit import ChangedMeanwhile, NotAccepted, locked
from coupons.actions.unit_jobs import begin_job
from coupons.actions.versions import Deed, keep
from coupons.errors import CouponRefused, Refusal
from coupons.rules.finish import missing
from coupons.words import sentence
from runtime.database import Connection
from runtime.live import Change, publish


async def begin_publishing(
    tx: Connection,
    workspace_id: UUID,
    coupon_id: UUID,
    now: datetime,
    *,
    version: int | None = None,
    by: UUID | None = None,
) -> None:
    """Begin to publish; a job (coupons.actions.unit_jobs) makes the units and opens the coupon.

    `version`: the one that was looked at; None takes whichever it is. Raises NotFound, ChangedMeanwhile,
    CouponRefused (it is no draft), or NotAccepted with everything that is still missing.
    """
    stored = await locked(tx, workspace_id, coupon_id)
    if stored.state != "draft":
        raise CouponRefused(Refusal.SENDING_ENDED, sentence(Refusal.SENDING_ENDED, "en"))
    if version is not None and version != stored.version:
        raise ChangedMeanwhile(stored)
    lacking = missing(stored.plan, stored.around())
    if lacking:
        raise NotAccepted(lacking)
    await prepare(tx, coupon_id)
    await begin_job(tx, coupon_id, now)
    changes = {"state": ("draft", "published")}
    await keep(tx, Deed(coupon_id=coupon_id, what="published", changes=changes, by=by), now)
    await publish(tx, [Change(workspace_id, "coupon", coupon_id, {"state": "preparing"})], now)
