"""The ledger of a coupon: each redemption and each undoing, newest first, as they were written."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool

LAST = UUID(int=2**128 - 1)
ENTRIES = """
SELECT r.id, r.kind, r.at, r.store_name, r.who, r.via, r.reason, k.id AS claim_id, k.number,
  p.name AS contact_name,
  EXISTS (SELECT 1 FROM redemption u WHERE u.undoes = r.id) AS undone
FROM redemption r JOIN claim k ON k.id = r.claim_id JOIN contact p ON p.id = k.contact_id
WHERE r.workspace_id = $1 AND k.coupon_id = $2 AND NOT k.test AND r.id < $3 ORDER BY r.id DESC LIMIT $4
"""
NEWER = ENTRIES.replace("r.id < $3 ORDER BY r.id DESC", "r.id > $3 ORDER BY r.id")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the ledger. `kind`: redeem or undo; `via`: pin, self, shop or pos; `undone`: a later line
    takes this one back.
    """

    id: UUID
    kind: str
    at: datetime
    store_name: str
    who: str
    via: str
    reason: str
    claim_id: UUID
    number: str
    contact_name: str
    undone: bool


class LedgerPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page, newest first. `older`, `newer`: whether more lies beyond its ends."""

    rows: list[Entry]
    older: bool
    newer: bool


async def ledger_page(
    db: Pool | Connection,
    coupon: tuple[UUID, UUID],
    size: int,
    *,
    after: UUID | None = None,
    before: UUID | None = None,
) -> LedgerPage:
    """Return up to `size` lines older than `after`, or just newer than `before`. `coupon`: its workspace's
    id and its own.
    """
    if before is not None:
        rows = await db.fetch(NEWER, *coupon, before, size + 1)
        kept = [Entry(**row) for row in rows[:size]][::-1]
        return LedgerPage(rows=kept, older=True, newer=len(rows) > size)
    rows = await db.fetch(ENTRIES, *coupon, after or LAST, size + 1)
    kept = [Entry(**row) for row in rows[:size]]
    return LedgerPage(rows=kept, older=len(rows) > size, newer=after is not None)
