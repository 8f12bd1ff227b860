"""Make a draft of a coupon that exists: everything but its codes, its claims and its code."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from coupons.actions.design import create
from coupons.design_queries import stored_coupon
from coupons.rules.plan import LONGEST
from runtime.database import Connection
from runtime.errors import NotFound

QUOTAS = """
INSERT INTO quota_value (coupon_id, who, value)
SELECT $2, who, value FROM quota_value WHERE coupon_id = $1
"""


async def duplicate(
    tx: Connection, workspace_id: UUID, coupon_id: UUID, name: str, by: UUID, now: datetime
) -> UUID:
    """Return the id of a new draft like the coupon, named `name`; raises NotFound.

    A fixed code is left out: two coupons with one code could not be told apart at a till.
    """
    stored = await stored_coupon(tx, workspace_id, coupon_id)
    if stored is None:
        raise NotFound("There is no such coupon")
    plan = msgspec.structs.replace(stored.plan, name=name[: LONGEST["name"]], fixed_code="")
    made = await create(tx, workspace_id, plan, now, stores=stored.stores, by=by)
    await tx.execute(QUOTAS, coupon_id, made)
    return made
