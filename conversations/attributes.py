"""The fields a workspace's contacts may have: their types, what a value of each looks like, and the reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool
from runtime.errors import Invalid

LONGEST_VALUE = 1000
YES = frozenset({"yes", "true", "1", "on"})
NO = frozenset({"no", "false", "0", "off"})
LIST = "SELECT id, key, label, type, position FROM attribute WHERE workspace_id = $1 ORDER BY position, id"


class AttributeType(StrEnum):
    """What kind of value a field holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"


class AttributeRow(msgspec.Struct, frozen=True):
    """One field: its value stands under `key` in a contact's `attributes`."""

    id: UUID
    key: str
    label: str
    type: AttributeType
    position: int


async def attributes(pool: Pool | Connection, workspace_id: UUID) -> Sequence[AttributeRow]:
    """Return the workspace's fields in their order."""
    rows = await pool.fetch(LIST, workspace_id)
    return [msgspec.convert(dict(row), AttributeRow) for row in rows]


def read_value(of: AttributeType, entered: str) -> str | float | bool | None:
    """Return what a person entered as it is stored (dates as 2026-05-31), None when left empty.

    Raises Invalid("value") with what to write instead.
    """
    text = entered.replace("\x00", "").strip()
    if not text:
        return None
    match of:
        case AttributeType.TEXT:
            return _text(text)
        case AttributeType.NUMBER:
            return _number(text)
        case AttributeType.DATE:
            return _date(text)
        case AttributeType.YES_NO:
            return _yes_no(text)


def _text(text: str) -> str:
    if len(text) > LONGEST_VALUE:
        raise Invalid("value", f"That is too long: {LONGEST_VALUE} characters at most")
    return text


def _number(text: str) -> float:
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Invalid("value", "Write a number like 12 or 3.5")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise Invalid("value", "Write a date like 2026-05-31") from error


def _yes_no(text: str) -> bool:
    word = text.lower()
    if word not in YES | NO:
        raise Invalid("value", "Choose yes or no")
    return word in YES
