"""What the console shows of staff PINs; the digits themselves are stored nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool

PINS = """
SELECT p.id, p.name, p.active, p.created_at,
  (SELECT max(r.at) FROM redemption r WHERE r.workspace_id = p.workspace_id AND r.pin_id = p.id
    AND r.at > $2::timestamptz - interval '90 days') AS used_at,
  ARRAY[p.store_id] || coalesce((SELECT array_agg(x.store_id ORDER BY x.id) FROM pin_store x
    WHERE x.pin_id = p.id), '{}') AS stores
FROM staff_pin p WHERE p.workspace_id = $1 ORDER BY p.active DESC, lower(p.name), p.id
"""


class PinRow(msgspec.Struct, frozen=True, kw_only=True):
    """A PIN: whose it is, where it is good (its own store first), and its last use within 90 days."""

    id: UUID
    name: str
    active: bool
    stores: Sequence[UUID]
    created_at: datetime
    used_at: datetime | None


async def pins_of(db: Connection | Pool, workspace_id: UUID, now: datetime) -> Sequence[PinRow]:
    """List a workspace's PINs, the active ones first."""
    rows = await db.fetch(PINS, workspace_id, now)
    return [PinRow(**dict(row)) for row in rows]
