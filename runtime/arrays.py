"""Columns of values for statements that are given many rows: those that rows share are told once, and thousands are
told as PostgreSQL writes them, `$1::text::uuid[]`.

The driver looks at each element of a list before it encodes it, which costs more than the value itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

# Of rows that an `unnest` gives the planner expects ten, and would rather read a table that is small when it plans than
# look each row up, for as long as it keeps the plan. Behind this, which limits nothing, it expects one.
FEW = "LIMIT (SELECT NULL::bigint)"

_json = msgspec.json.Encoder()
_Value = TypeVar("_Value")


def once(values: list[_Value]) -> list[_Value]:
    """Return the value that all share, alone, else `values` (none of them None): `every` gives it to each row."""
    return values[:1] if values and values.count(values[0]) == len(values) else values


def every(name: str, column: str) -> str:
    """Return the SQL of the column `name` of an `unnest` that was given `column` by `once`, such as `$1::uuid[]`."""
    return f"coalesce({name}, ({column})[1]) AS {name}"


def beside(key: str, keys: str, column: str) -> str:
    """Return the SQL of what stands in the array `column` where `key` stands first in the array `keys`; NULL where
    it does not. A join by the key would go over all of an array for each row: its arrays are not indexed, and
    workers' plans have no hashes (runtime/database.py); this goes over it, too, but compares nothing else.
    """
    return f"({column})[array_position({keys}, {key})]"


def sparse(values: list[_Value | None]) -> list[_Value | None]:
    """Return `values`, or none at all where each is None: an `unnest` fills up what is missing with nulls."""
    return [] if values.count(None) == len(values) else values


def array(values: Sequence[UUID | datetime | int | None]) -> str:
    """Return ids, instants or numbers as an array's text; None is null."""
    # Of such values JSON and PostgreSQL differ in the brackets alone.
    return "{" + _json.encode(values)[1:-1].decode() + "}"


def texts(values: Sequence[str]) -> str:
    """Return texts as an array's text; none may hold U+0000, which PostgreSQL cannot store."""
    return "{" + ",".join([f'"{_escaped(value)}"' for value in values]) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
