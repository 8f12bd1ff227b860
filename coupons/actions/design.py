"""Create a coupon and move it through its life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from coupons.actions.make_units import make_units
from coupons.actions.new_coupon import NewCoupon, check
from coupons.actions.take_redemption import make_redemption_units
from coupons.actions.versions import Deed, keep
from coupons.errors import CouponRefused, Refusal
from coupons.words import sentence
from runtime.database import Connection, Database
from runtime.errors import NotFound
from runtime.ids import uuid7
from runtime.live import Change, publish

MOVES: Mapping[str, frozenset[str]] = {
    "published": frozenset({"draft", "preparing", "paused"}),
    "paused": frozenset({"published"}),
    "ended": frozenset({"published", "paused"}),
    "archived": frozenset({"draft", "published", "paused", "ended"}),
}
WHAT: Mapping[tuple[str, str], str] = {("paused", "published"): "resumed"}
WIPE_TESTS = "DELETE FROM claim WHERE coupon_id = $1 AND test"
SET_STATE = "UPDATE coupon SET state = $2, version = version + 1 WHERE id = $1"
ADD_STORES = """
INSERT INTO coupon_store (coupon_id, store_id)
SELECT $1, s.id FROM store s WHERE s.id = ANY ($2::uuid[]) AND s.workspace_id = $3
ON CONFLICT (coupon_id, store_id) DO NOTHING
"""


async def create(
    tx: Connection,
    workspace_id: UUID,
    new: NewCoupon,
    now: datetime,
    *,
    stores: Sequence[UUID] = (),
    by: UUID | None = None,
) -> UUID:
    """Store a draft and return its id; raises Invalid."""
    check(new)
    coupon_id = uuid7()
    names = [*NewCoupon.__struct_fields__, "state", "version", "created_at", "id", "workspace_id"]
    values = [*msgspec.structs.astuple(new), "draft", 1, now, coupon_id, workspace_id]
    slots = ", ".join(f"${position}" for position in range(1, len(names) + 1))
    statement = f"INSERT INTO coupon ({', '.join(names)}) VALUES ({slots})"  # noqa: S608 (field names)
    await tx.execute(statement, *values)
    await tx.execute(ADD_STORES, coupon_id, sorted(stores), workspace_id)
    await keep(tx, Deed(coupon_id=coupon_id, what="created", by=by), now)
    await publish(tx, [Change(workspace_id, "coupon", coupon_id, {"state": "draft"})], now)
    return coupon_id


async def publish_coupon(database: Database, coupon_id: UUID, now: datetime) -> None:
    """Make the units, wipe the test claims and open the coupon. Call it again after a crash: it goes on
    where it stopped. Raises NotFound, or CouponRefused when the coupon has ended.
    """
    async with database.transaction() as tx:
        state = await tx.fetchval(
            "SELECT state FROM coupon WHERE id = $1 FOR NO KEY UPDATE", coupon_id
        )
        if state is None:
            raise NotFound("There is no such coupon")
        if state == "draft":
            await prepare(tx, coupon_id)
    await make_units(database, coupon_id, now)
    await make_redemption_units(database, coupon_id, now)
    async with database.transaction() as tx:
        await move(tx, coupon_id, "published", now)
        await tx.execute(
            "UPDATE coupon SET published_at = coalesce(published_at, $2) WHERE id = $1",
            coupon_id,
            now,
        )


async def prepare(tx: Connection, coupon_id: UUID) -> None:
    """Take a draft, locked by the caller, out of its test life: its test claims are wiped."""
    await tx.execute(WIPE_TESTS, coupon_id)
    await tx.execute(SET_STATE, coupon_id, "preparing")


async def move(
    tx: Connection, coupon_id: UUID, state: str, now: datetime, *, by: UUID | None = None
) -> None:
    """Move the coupon to published, paused, ended or archived; raises NotFound or CouponRefused."""
    row = await tx.fetchrow(
        "SELECT workspace_id, state FROM coupon WHERE id = $1 FOR NO KEY UPDATE", coupon_id
    )
    if row is None:
        raise NotFound("There is no such coupon")
    if row["state"] not in MOVES[state]:
        raise CouponRefused(Refusal.SENDING_ENDED, sentence(Refusal.SENDING_ENDED, "en"))
    await tx.execute(SET_STATE, coupon_id, state)
    what = WHAT.get((row["state"], state), state)
    changes = {"state": (row["state"], state)}
    await keep(tx, Deed(coupon_id=coupon_id, what=what, changes=changes, by=by), now)
    await publish(tx, [Change(row["workspace_id"], "coupon", coupon_id, {"state": state})], now)
