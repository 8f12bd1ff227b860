"""Give a shop's staff their PINs, and take them back."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

import msgspec

from coupons.actions.redeem_by_pin import pin_hashes
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.ids import uuid7
from runtime.keys import Keyring
from team.audit import Entry, record

SHAPE = re.compile(r"[0-9]{4,8}")

ADD = """
INSERT INTO staff_pin (id, workspace_id, store_id, name, pin_hash, active, created_at)
SELECT $1, $2, s.id, $4, $5, true, $6 FROM store s WHERE s.id = $3 AND s.workspace_id = $2
  AND NOT EXISTS (SELECT 1 FROM staff_pin p WHERE p.workspace_id = $2 AND p.pin_hash = ANY ($7::bytea[]))
ON CONFLICT (workspace_id, pin_hash) DO NOTHING RETURNING id
"""
STORE = "SELECT true FROM store WHERE id = $1 AND workspace_id = $2"
STOP = "UPDATE staff_pin SET active = $3 WHERE id = $1 AND workspace_id = $2 AND active <> $3 RETURNING id"


class NewPin(msgspec.Struct, frozen=True, kw_only=True):
    """A PIN of four to eight digits, named after whom it belongs to, for one store."""

    workspace_id: UUID
    store_id: UUID
    name: str
    pin: str


async def add_pin(
    tx: Connection, keyring: Keyring, new: NewPin, now: datetime, *, by: UUID | None = None
) -> UUID:
    """Add a PIN and return its id; raises Invalid (shape, taken) or NotFound (store)."""
    if not SHAPE.fullmatch(new.pin):
        raise Invalid("pin", "A PIN is four to eight digits")
    if not new.name.strip():
        raise Invalid("name", "Name the person or till the PIN belongs to")
    if not await tx.fetchval(STORE, new.store_id, new.workspace_id):
        raise NotFound("There is no such store")
    hashes = pin_hashes(keyring, new.workspace_id, new.pin)
    name = new.name.strip()[:60]
    key = await tx.fetchval(
        ADD, uuid7(), new.workspace_id, new.store_id, name, hashes[0], now, hashes
    )
    if key is None:
        raise Invalid("pin", "This PIN is taken; choose another")
    entry = Entry(
        workspace_id=new.workspace_id, member_id=by, action="pin.add", subject=new.name[:60]
    )
    await record(tx, entry, now)
    return UUID(str(key))


async def set_pin_active(
    tx: Connection,
    workspace_id: UUID,
    pin_id: UUID,
    now: datetime,
    *,
    active: bool,
    by: UUID | None = None,
) -> None:
    """Switch a PIN off or on again; one that is as wanted stays without a trace."""
    if await tx.fetchval(STOP, pin_id, workspace_id, active) is None:
        return
    action = "pin.on" if active else "pin.off"
    entry = Entry(workspace_id=workspace_id, member_id=by, action=action, subject=str(pin_id))
    await record(tx, entry, now)
