"""Add and change a workspace's stores. They are removed by coupons.actions.remove_store, which knows who needs them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from runtime.ids import uuid7
from team.audit import Entry, record

NO_NAME = mark("Write a name first")
TOO_LONG = mark(
    "That is too long: 120 characters in a name, 300 in an address, 40 in a phone number"
)
TAKEN = mark("There is already a store of this name")
NO_PLACE = mark(
    "Write both coordinates, like 25.0330 and 121.5654: latitude from -90 to 90, longitude from -180 to 180"
)
GONE = mark("There is no such store")
MOST_CHARACTERS = {"name": 120, "address": 300, "phone": 40}
ADD = """
INSERT INTO store (id, workspace_id, name, address, phone, latitude, longitude) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
CHANGE = """
UPDATE store SET name = $2, address = $3, phone = $4, latitude = $5, longitude = $6 WHERE id = $1
"""
LOCK = """
SELECT name, address, phone, latitude, longitude FROM store WHERE id = $1 AND workspace_id = $2 FOR NO KEY UPDATE
"""


class StoreFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A store as it was entered; the coordinates are degrees as text, both or neither."""

    name: str
    address: str = ""
    phone: str = ""
    latitude: str = ""
    longitude: str = ""


async def add_store(
    tx: Connection, workspace_id: UUID, entered: StoreFacts, now: datetime, *, by: UUID
) -> UUID:
    """Add a store and return its id; raises Invalid."""
    values, made = _checked(entered), uuid7()
    try:
        await tx.execute(ADD, made, workspace_id, *values)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("name", TAKEN) from error
    await record(tx, _entry(workspace_id, "store.added", values[0], by), now)
    return made


async def change_store(
    tx: Connection,
    workspace_id: UUID,
    store_id: UUID,
    entered: StoreFacts,
    now: datetime,
    *,
    by: UUID,
) -> None:
    """Change a store; what was redeemed there keeps the name it had then. Raises Invalid and NotFound."""
    stored = await tx.fetchrow(LOCK, store_id, workspace_id)
    if stored is None:
        raise NotFound(GONE)
    values = _checked(entered)
    try:
        await tx.execute(CHANGE, store_id, *values)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("name", TAKEN) from error
    changed = {
        field: {"from": before, "to": after}
        for (field, before), after in zip(stored.items(), values, strict=True)
        if before != after
    }
    entry = _entry(workspace_id, "store.changed", values[0], by, changed)
    await record(tx, entry, now)


def _checked(entered: StoreFacts) -> tuple[str, str, str, float | None, float | None]:
    texts = {
        field: " ".join(getattr(entered, field).replace("\x00", "").split())
        for field in MOST_CHARACTERS
    }
    if not texts["name"]:
        raise Invalid("name", NO_NAME)
    if any(len(text) > MOST_CHARACTERS[field] for field, text in texts.items()):
        raise Invalid("name", TOO_LONG)
    latitude, longitude = _degrees(entered.latitude, 90), _degrees(entered.longitude, 180)
    if (latitude is None) != (longitude is None):
        raise Invalid("latitude", NO_PLACE)
    return texts["name"], texts["address"], texts["phone"], latitude, longitude


def _degrees(text: str, most: int) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError as error:
        raise Invalid("latitude", NO_PLACE) from error
    if not math.isfinite(value) or abs(value) > most:
        raise Invalid("latitude", NO_PLACE)
    return value


def _entry(
    workspace_id: UUID, action: str, name: str, by: UUID, detail: Mapping[str, Any] | None = None
) -> Entry:
    return Entry(
        workspace_id=workspace_id, member_id=by, action=action, subject=name, detail=detail or {}
    )
