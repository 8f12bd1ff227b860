"""Remove a store, unless something still refers to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from runtime.database import Connection
from runtime.errors import NotFound, Refused
from runtime.i18n import mark
from team.audit import Entry, record

# Whoever adds a reference locks the store's row first, so what is counted here stays so until the end.
LOCK = "SELECT name FROM store WHERE id = $1 AND workspace_id = $2 FOR UPDATE"
USES = """
SELECT (SELECT count(*) FROM member_store WHERE store_id = $1) AS members,
  (SELECT count(*) FROM staff_pin p WHERE p.store_id = $1
    OR EXISTS (SELECT 1 FROM pin_store o WHERE o.pin_id = p.id AND o.store_id = $1)) AS pins,
  (SELECT count(*) FROM coupon_store WHERE store_id = $1) AS coupons,
  (SELECT count(*) FROM api_token WHERE store_id = $1 AND revoked_at IS NULL) AS tokens,
  (SELECT count(*) FROM redemption WHERE workspace_id = $2 AND store_id = $1) AS redemptions
"""
REMOVE = "DELETE FROM store WHERE id = $1"
IN_USE = mark("This store is in use")


class StoreInUse(Refused):
    """Something refers to the store; `uses` counts it: members, pins, coupons, tokens, redemptions."""

    def __init__(self, uses: Mapping[str, int]) -> None:
        super().__init__("store_in_use", IN_USE)
        self.uses = uses


async def remove_store(
    tx: Connection, workspace_id: UUID, store_id: UUID, now: datetime, *, by: UUID
) -> None:
    """Remove the store; raises NotFound and StoreInUse."""
    name = await tx.fetchval(LOCK, store_id, workspace_id)
    if name is None:
        raise NotFound("There is no such store")
    uses = {
        what: n for what, n in dict(await tx.fetchrow(USES, store_id, workspace_id)).items() if n
    }
    if uses:
        raise StoreInUse(uses)
    await tx.execute(REMOVE, store_id)
    entry = Entry(workspace_id=workspace_id, member_id=by, action="store.removed", subject=name)
    await record(tx, entry, now)
