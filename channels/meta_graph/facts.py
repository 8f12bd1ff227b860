"""Reading single facts out of decoded JSON: whatever has the wrong shape counts as absent."""

from __future__ import annotations

import math
from typing import Any

# Instants that PostgreSQL and Python can hold; Meta sometimes gives seconds where it means milliseconds.
LATEST_MS = 253_402_300_799_000
SECONDS_BELOW = 10**12


def mapping(value: object) -> dict[str, Any]:
    """Return `value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, leaving out everything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: object) -> str | None:
    """Return words or a number as text without U+0000, which PostgreSQL refuses; None for others."""
    if isinstance(value, str):
        return value.replace("\x00", "") if "\x00" in value else value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def word(value: object) -> str | None:
    """Return `text(value)`, None also when it is empty."""
    return text(value) or None


def words(value: object) -> tuple[str, ...]:
    """Return the non-empty texts of a list."""
    listed = value if isinstance(value, list) else []
    return tuple(found for found in map(word, listed) if found)


def instant_ms(value: object) -> int | None:
    """Return Unix milliseconds of a time given in milliseconds or seconds; None when it is neither."""
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return None
    milliseconds = value * 1000 if value < SECONDS_BELOW else value
    return milliseconds if milliseconds <= LATEST_MS else None


def degrees(value: object) -> float | None:
    """Return a coordinate."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= 360 else None
