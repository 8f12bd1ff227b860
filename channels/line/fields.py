"""Reading a field of a JSON object whose type nobody guarantees: the value if it fits, else nothing."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
SAFE_INTEGER = 2**53


def text_of(holder: Json, name: str) -> str | None:
    """Return a string that is not empty, else None."""
    value = holder.get(name)
    return value if isinstance(value, str) and value else None


def whole_of(holder: Json, name: str) -> int | None:
    """Return a whole number that is not negative, else None."""
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < SAFE_INTEGER else None


def number_of(holder: Json, name: str) -> float | None:
    """Return a number, else None."""
    value = holder.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < SAFE_INTEGER else None


def flag_of(holder: Json, name: str) -> bool | None:
    """Return a truth value, else None."""
    value = holder.get(name)
    return value if isinstance(value, bool) else None


def object_of(holder: Json, name: str) -> Json:
    """Return an object, else an empty one."""
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def list_of(holder: Json, name: str) -> list[Json]:
    """Return the objects of a list, else an empty one."""
    value = holder.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def strings_of(items: list[Json], name: str) -> tuple[str, ...]:
    """Return the string `name` of every item that has it."""
    return tuple(value for item in items if (value := text_of(item, name)))
