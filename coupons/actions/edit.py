"""Save a changed coupon: all of it or nothing, and never over what somebody else saved meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from coupons.actions.design import ADD_STORES
from coupons.actions.unit_jobs import begin_job
from coupons.actions.used import lowered_too_far, used
from coupons.actions.versions import Deed, differences, keep
from coupons.design_queries import Stored, stored_coupon
from coupons.errors import CouponRefused, Refusal
from coupons.rules.locks import broken
from coupons.rules.plan import NewCoupon
from coupons.rules.problems import Problem, problems
from coupons.words import sentence
from runtime.database import Connection
from runtime.errors import Invalid, NotFound, Refused
from runtime.i18n import mark
from runtime.live import Change, publish

OPEN = frozenset({"draft", "published", "paused"})
LOCK = "SELECT 1 FROM coupon WHERE id = $1 AND workspace_id = $2 FOR NO KEY UPDATE"
SLOTS = ", ".join(f"{name} = ${n}" for n, name in enumerate(NewCoupon.__struct_fields__, 2))
UPDATE = f"UPDATE coupon SET {SLOTS}, version = version + 1 WHERE id = $1"  # noqa: S608 (field names)
DROP_STORES = "DELETE FROM coupon_store WHERE coupon_id = $1 AND store_id <> ALL ($2::uuid[])"
KEEPS_TOTAL = mark("A published coupon keeps having a total, or having none")


class NotAccepted(Invalid):
    """Several fields cannot be taken; `problems` holds each with its sentence."""

    def __init__(self, found: Sequence[Problem]) -> None:
        super().__init__(found[0].field, str(found[0]))
        self.problems = tuple(found)


class ChangedMeanwhile(Refused):
    """Somebody saved the coupon since it was opened; `stored` is how it is now."""

    def __init__(self, stored: Stored) -> None:
        super().__init__("changed_meanwhile", "Somebody else has saved this coupon meanwhile")
        self.stored = stored


class Edit(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon is to become. `version`: the one that was edited; None takes whichever it is."""

    workspace_id: UUID
    coupon_id: UUID
    plan: NewCoupon
    stores: Sequence[UUID]
    version: int | None = None
    by: UUID | None = None
    what: str = "edited"


async def edit(tx: Connection, change: Edit, now: datetime) -> Stored:
    """Save the change and return how the coupon was before. A change of quantity of a coupon that is given
    out leaves a job behind (coupons.actions.unit_jobs).

    Raises NotFound, ChangedMeanwhile, CouponRefused (it has ended) or NotAccepted.
    """
    old = await locked(tx, change.workspace_id, change.coupon_id)
    if change.version is not None and old.version != change.version:
        raise ChangedMeanwhile(old)
    if old.state not in OPEN:
        raise CouponRefused(Refusal.SENDING_ENDED, sentence(Refusal.SENDING_ENDED, "en"))
    await _check(tx, old, change.plan, now)
    changes = differences(old.plan, change.plan)
    stores = tuple(sorted(set(change.stores)))
    if stores != old.stores:
        changes["stores"] = ([str(key) for key in old.stores], [str(key) for key in stores])
    if changes:
        await _write(tx, change, stores, now)
        deed = Deed(coupon_id=old.id, what=change.what, changes=changes, by=change.by)
        await keep(tx, deed, now)
    if old.state != "draft" and {"quantity", "redemption_limit"} & set(changes):
        await begin_job(tx, old.id, now)
    return old


async def locked(tx: Connection, workspace_id: UUID, coupon_id: UUID) -> Stored:
    """Lock the coupon's row and read it; raises NotFound."""
    await tx.execute(LOCK, coupon_id, workspace_id)
    old = await stored_coupon(tx, workspace_id, coupon_id)
    if old is None:
        raise NotFound("There is no such coupon")
    return old


async def set_stores(
    tx: Connection, workspace_id: UUID, coupon_id: UUID, stores: Sequence[UUID]
) -> None:
    """Let the coupon hold in these stores of its workspace only; none: in every store."""
    await tx.execute(DROP_STORES, coupon_id, list(stores))
    await tx.execute(ADD_STORES, coupon_id, sorted(stores), workspace_id)


async def _check(tx: Connection, old: Stored, plan: NewCoupon, now: datetime) -> None:
    found = [*problems(plan), *broken(old.plan, plan, old.state)]
    if old.state != "draft":
        found += lowered_too_far(old.plan, plan, await used(tx, old.id, old.zone, now))
        if (old.plan.quantity is None) != (plan.quantity is None) and plan.code_mode != "pack":
            found.append(Problem("quantity", KEEPS_TOTAL))
    if found:
        raise NotAccepted(found)


async def _write(tx: Connection, change: Edit, stores: Sequence[UUID], now: datetime) -> None:
    await tx.execute(UPDATE, change.coupon_id, *msgspec.structs.astuple(change.plan))
    await set_stores(tx, change.workspace_id, change.coupon_id, stores)
    detail = {"edited": True}
    await publish(tx, [Change(change.workspace_id, "coupon", change.coupon_id, detail)], now)
