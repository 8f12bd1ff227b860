"""Long work in pieces: between them the rest of the process has its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

PIECE = 64
Value = TypeVar("Value")
Made = TypeVar("Made")


async def in_turns(
    make: Callable[[Value], Made], values: Sequence[Value], piece: int = PIECE
) -> list[Made]:
    """Return what `make` makes of each value, in their order; webhooks are answered between the pieces."""
    made: list[Made] = []
    for start in range(0, len(values), piece):
        if start:
            await asyncio.sleep(0)
        made += map(make, values[start : start + piece])
    return made
