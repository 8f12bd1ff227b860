"""Arrays as PostgreSQL writes them, for statements given thousands of values: `$1::text::uuid[]`.

The driver looks at each element of a list before it encodes it, which costs more than the value itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

_json = msgspec.json.Encoder()


def array(values: Sequence[UUID | datetime | int | None]) -> str:
    """Return ids, instants or numbers as an array's text; None is null."""
    # Of such values JSON and PostgreSQL differ in the brackets alone.
    return "{" + _json.encode(values)[1:-1].decode() + "}"


def texts(values: Sequence[str]) -> str:
    """Return texts as an array's text; none may hold U+0000, which PostgreSQL cannot store."""
    return "{" + ",".join([f'"{_escaped(value)}"' for value in values]) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
