"""Give a shop's staff their PINs, change them, and take them back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from coupons.actions.pin_tries import pin_hashes
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.ids import uuid7
from runtime.keys import Keyring
from team.audit import Entry, record

SHAPE = re.compile(r"[0-9]{6,8}")
DEMO_SHAPE = re.compile(r"[0-9]{4,8}")
RUNS = "0123456789", "9876543210"
MOST_STORES = 200

ADD = """
INSERT INTO staff_pin (id, workspace_id, store_id, name, pin_hash, active, created_at)
SELECT $1, $2, $3, $4, $5, true, $6
WHERE NOT EXISTS (SELECT 1 FROM staff_pin p WHERE p.workspace_id = $2 AND p.pin_hash = ANY ($7::bytea[]))
ON CONFLICT (workspace_id, pin_hash) DO NOTHING RETURNING id
"""
NAMED = """
SELECT EXISTS (SELECT 1 FROM staff_pin WHERE workspace_id = $1 AND lower(name) = lower($2) AND id <> $3)
"""
STORES = "SELECT count(*) FROM store WHERE id = ANY ($1::uuid[]) AND workspace_id = $2"
HOLDS_IN = "INSERT INTO pin_store (pin_id, store_id) SELECT $1, unnest($2::uuid[])"
ROTATE = """
UPDATE staff_pin SET pin_hash = $3 WHERE id = $1 AND workspace_id = $2 AND NOT EXISTS (
  SELECT 1 FROM staff_pin p WHERE p.workspace_id = $2 AND p.pin_hash = ANY ($4::bytea[]))
RETURNING name
"""
MOVE = "UPDATE staff_pin SET store_id = $3 WHERE id = $1 AND workspace_id = $2 RETURNING name"
STOP = "UPDATE staff_pin SET active = $3 WHERE id = $1 AND workspace_id = $2 AND active <> $3 RETURNING name"


class NewPin(msgspec.Struct, frozen=True, kw_only=True):
    """A PIN of six to eight digits, named after whom it belongs to, for its own store and `more_stores`.

    `demo`: the demo's and the tests' short PINs, four digits or more.
    """

    workspace_id: UUID
    store_id: UUID
    name: str
    pin: str
    more_stores: Sequence[UUID] = ()
    demo: bool = False


async def add_pin(
    tx: Connection, keyring: Keyring, new: NewPin, now: datetime, *, by: UUID | None = None
) -> UUID:
    """Add a PIN and return its id; raises Invalid (shape, taken, name) or NotFound (store)."""
    require_good(new.pin, demo=new.demo)
    name = new.name.strip()[:60]
    pin_id = uuid7()
    if not name:
        raise Invalid("name", "Name the person or till the PIN belongs to")
    if await tx.fetchval(NAMED, new.workspace_id, name, pin_id):
        raise Invalid("name", "There is a PIN of this name; choose another name")
    stores = await _known_stores(tx, new.workspace_id, [new.store_id, *new.more_stores])
    hashes = pin_hashes(keyring, new.workspace_id, new.pin)
    if (
        await tx.fetchval(ADD, pin_id, new.workspace_id, stores[0], name, hashes[0], now, hashes)
        is None
    ):
        raise Invalid("pin", "This PIN is taken; choose another")
    await tx.execute(HOLDS_IN, pin_id, stores[1:])
    await _tell(tx, new.workspace_id, "pin.add", name, now, by)
    return pin_id


async def rotate_pin(  # noqa: PLR0913 (whose, which, to what, when, by whom)
    tx: Connection,
    keyring: Keyring,
    workspace_id: UUID,
    pin_id: UUID,
    pin: str,
    now: datetime,
    *,
    by: UUID | None = None,
) -> None:
    """Give a PIN new digits; the old ones are wrong from now on. Raises Invalid or NotFound."""
    require_good(pin)
    await _require_pin(tx, workspace_id, pin_id)
    hashes = pin_hashes(keyring, workspace_id, pin)
    name = await tx.fetchval(ROTATE, pin_id, workspace_id, hashes[0], hashes)
    if name is None:
        raise Invalid("pin", "This PIN is taken; choose another")
    await _tell(tx, workspace_id, "pin.rotate", name, now, by)


async def set_pin_stores(
    tx: Connection,
    workspace_id: UUID,
    pin_id: UUID,
    stores: Sequence[UUID],
    now: datetime,
    *,
    by: UUID | None = None,
) -> None:
    """Say where a PIN is good, its own store first; raises Invalid (none) or NotFound."""
    if not stores:
        raise Invalid("stores", "Choose at least one store")
    known = await _known_stores(tx, workspace_id, stores)
    name = await tx.fetchval(MOVE, pin_id, workspace_id, known[0])
    if name is None:
        raise NotFound("There is no such PIN")
    await tx.execute("DELETE FROM pin_store WHERE pin_id = $1", pin_id)
    await tx.execute(HOLDS_IN, pin_id, known[1:])
    await _tell(tx, workspace_id, "pin.stores", name, now, by)


async def set_pin_active(
    tx: Connection,
    workspace_id: UUID,
    pin_id: UUID,
    now: datetime,
    *,
    active: bool,
    by: UUID | None = None,
) -> None:
    """Switch a PIN off or on again; one that is as wanted stays without a trace. Raises NotFound."""
    await _require_pin(tx, workspace_id, pin_id)
    name = await tx.fetchval(STOP, pin_id, workspace_id, active)
    if name is not None:
        await _tell(tx, workspace_id, "pin.on" if active else "pin.off", name, now, by)


def require_good(pin: str, *, demo: bool = False) -> None:
    """Raise Invalid unless `pin` is six to eight digits that are not guessed first."""
    if demo and DEMO_SHAPE.fullmatch(pin):
        return
    if not SHAPE.fullmatch(pin):
        raise Invalid("pin", "A PIN is six to eight digits")
    if len(set(pin)) < 3 or any(pin in run for run in RUNS):
        raise Invalid("pin", "This PIN is guessed too easily; choose one without a pattern")


async def _known_stores(
    tx: Connection, workspace_id: UUID, stores: Sequence[UUID]
) -> Sequence[UUID]:
    wanted = list(dict.fromkeys(stores))[:MOST_STORES]
    if await tx.fetchval(STORES, wanted, workspace_id) != len(wanted):
        raise NotFound("There is no such store")
    return wanted


async def _require_pin(tx: Connection, workspace_id: UUID, pin_id: UUID) -> None:
    found = await tx.fetchval(
        "SELECT id FROM staff_pin WHERE id = $1 AND workspace_id = $2 FOR UPDATE",
        pin_id,
        workspace_id,
    )
    if found is None:
        raise NotFound("There is no such PIN")


async def _tell(
    tx: Connection, workspace_id: UUID, action: str, name: str, now: datetime, by: UUID | None
) -> None:
    entry = Entry(workspace_id=workspace_id, member_id=by, action=action, subject=name)
    await record(tx, entry, now)
