"""Define, rename, move and remove the fields of a workspace's contacts."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from conversations.attributes import AttributeType
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from runtime.ids import uuid7
from team.audit import Entry, record

MOST = 50
EMPTY = mark("Write a name first")
TOO_LONG = mark("That is too long: 60 characters at most")
TAKEN = mark("There is already one of this name")
TYPE = mark("Choose a type: text, number, date or yes/no")
TOO_MANY = mark("There are 50 fields already: remove one first")
GONE = mark("There is no such field")

LOCK = "SELECT 1 FROM workspace WHERE id = $1 FOR NO KEY UPDATE"
KEYS = "SELECT key FROM attribute WHERE workspace_id = $1"
ADD = """
INSERT INTO attribute (id, workspace_id, key, label, type, position)
SELECT $1, $2, $3, $4, $5, coalesce(max(position), 0) + 1 FROM attribute WHERE workspace_id = $2
"""
LOCK_ONE = "SELECT key FROM attribute WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
RENAME = "UPDATE attribute SET label = $2 WHERE id = $1"
REMOVE = "DELETE FROM attribute WHERE workspace_id = $1 AND id = $2 RETURNING key, label"
ORDER = "SELECT id FROM attribute WHERE workspace_id = $1 ORDER BY position, id FOR UPDATE"
PLACE = """
UPDATE attribute a SET position = u.n FROM unnest($1::uuid[]) WITH ORDINALITY AS u (id, n) WHERE a.id = u.id
"""


class NewAttribute(msgspec.Struct, frozen=True, kw_only=True):
    """A field to define; `by` is the member who does."""

    workspace_id: UUID
    label: str
    type: str
    by: UUID | None = None


async def add_attribute(tx: Connection, new: NewAttribute, now: datetime) -> UUID:
    """Define a field at the end of the list and return its id; raises Invalid."""
    label = _label(new.label)
    if new.type not in set(AttributeType):
        raise Invalid("type", TYPE)
    await tx.fetchval(LOCK, new.workspace_id)
    taken = {row["key"] for row in await tx.fetch(KEYS, new.workspace_id)}
    if len(taken) >= MOST:
        raise Invalid("label", TOO_MANY)
    key, made = _key(label, taken), uuid7()
    try:
        await tx.execute(ADD, made, new.workspace_id, key, label, new.type)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("label", TAKEN) from error
    facts = {"label": label, "type": new.type}
    entry = _entry(new.workspace_id, new.by, "attribute.added", key, **facts)
    await record(tx, entry, now)
    return made


async def rename_attribute(
    tx: Connection, workspace_id: UUID, attribute_id: UUID, label: str, now: datetime, *, by: UUID
) -> None:
    """Give a field other words; its key and values stay. Raises NotFound and Invalid."""
    key = await tx.fetchval(LOCK_ONE, workspace_id, attribute_id)
    if key is None:
        raise NotFound(GONE)
    wanted = _label(label)
    try:
        await tx.execute(RENAME, attribute_id, wanted)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("label", TAKEN) from error
    await record(tx, _entry(workspace_id, by, "attribute.renamed", key, label=wanted), now)


async def move_attribute(
    tx: Connection, workspace_id: UUID, attribute_id: UUID, step: int, now: datetime, *, by: UUID
) -> None:
    """Move a field by `step` places (-1 is up); at the end of the list it stays. Raises NotFound."""
    order = [row["id"] for row in await tx.fetch(ORDER, workspace_id)]
    if attribute_id not in order:
        raise NotFound(GONE)
    place = order.index(attribute_id)
    order.insert(min(max(place + step, 0), len(order) - 1), order.pop(place))
    await tx.execute(PLACE, order)
    await record(tx, _entry(workspace_id, by, "attribute.moved", str(attribute_id), step=step), now)


async def remove_attribute(
    tx: Connection, workspace_id: UUID, attribute_id: UUID, now: datetime, *, by: UUID
) -> None:
    """Stop showing a field. What contacts hold under its key stays stored. Raises NotFound."""
    row = await tx.fetchrow(REMOVE, workspace_id, attribute_id)
    if row is None:
        raise NotFound(GONE)
    entry = _entry(workspace_id, by, "attribute.removed", row["key"], label=row["label"])
    await record(tx, entry, now)


def _label(entered: str) -> str:
    label = " ".join(entered.replace("\x00", "").split())
    if not label:
        raise Invalid("label", EMPTY)
    if len(label) > 60:
        raise Invalid("label", TOO_LONG)
    return label


def _key(label: str, taken: set[str]) -> str:
    """Return a key no other field has: the label's ASCII letters, else `field`, and a number."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:32] or "field"
    names = [stem, *(f"{stem}_{n}" for n in range(2, MOST + 2))]
    return next(name for name in names if name not in taken)


def _entry(
    workspace_id: UUID, by: UUID | None, action: str, subject: str, **detail: str | int
) -> Entry:
    return Entry(
        workspace_id=workspace_id, member_id=by, action=action, subject=subject, detail=detail
    )
