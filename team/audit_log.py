"""The audit log as it is read: searched, paged by place, and walked through whole for a file.

A million entries stay quick: every filter has an index that ends in (at, id). Words are looked for in the newest
entries first, and only when those hold too few by their pairs of characters (the index `audit_entry_words`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Pool

PAGE = 50
STEP = 2000
# So many of the newest entries are read through for words before the index is asked.
RECENT = 1000
# One character alone has no pair to ask the index for: only among so many is it looked for.
DEEPEST = 10_000
SYSTEM = UUID(int=0)

COLUMNS = "e.id, e.at, e.member_id, e.action, e.subject, e.detail"
PLAIN = (
    "SELECT {columns} FROM audit_entry e WHERE {where} ORDER BY e.at DESC, e.id DESC LIMIT {limit}"
)
# Each kind by its own index: a rare one must not be looked for through all entries.
OF_KINDS = """
SELECT e.* FROM unnest({kinds}::text[]) AS k (action) CROSS JOIN LATERAL (
  SELECT {columns} FROM audit_entry e WHERE e.action = k.action AND {where}
  ORDER BY e.at DESC, e.id DESC LIMIT {limit}) e
ORDER BY e.at DESC, e.id DESC LIMIT {limit}
"""
MEMBERS = "SELECT id, name FROM member WHERE workspace_id = $1 ORDER BY lower(name), id"


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. `member_id` SYSTEM: what no member did. `actions` empty: every kind. `subject`: exactly
    that object's id or name. `words` stand in the entry's object or facts. The period is half open.
    """

    workspace_id: UUID
    member_id: UUID | None = None
    actions: Sequence[str] = ()
    subject: str = ""
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it was written."""

    id: UUID
    at: datetime
    member_id: UUID | None
    action: str
    subject: str
    detail: Mapping[str, Any]


Place = tuple[datetime, UUID]


class LogPage(msgspec.Struct, frozen=True):
    """Entries, newest first, and the place behind which there are more; None at the end."""

    rows: Sequence[Line]
    after: Place | None


async def members_of(pool: Pool, workspace_id: UUID) -> Sequence[tuple[UUID, str]]:
    """Return everybody who was ever on the staff, by name."""
    return [(row["id"], row["name"]) for row in await pool.fetch(MEMBERS, workspace_id)]


async def page(pool: Pool, which: Search, after: Place | None, size: int = PAGE) -> LogPage:
    """Return the newest entries behind `after` that fit."""
    words = folded(which.words)
    if not words:
        return _page(await _some(pool, which, after, size + 1), size)
    pairs = len(words) > 1
    depth = RECENT if pairs else DEEPEST
    found = await _among_recent(pool, which, after, words, limit=size + 1, depth=depth)
    if pairs and len(found) <= size:
        found = await _by_pairs(pool, which, after, words, size + 1)
    return _page(found, size)


async def walk(pool: Pool, which: Search) -> AsyncIterator[Sequence[Line]]:
    """Yield every entry that fits, newest first, in steps that hold no transaction open meanwhile."""
    words, after = folded(which.words), None
    while True:
        query = _Query(which, after)
        fits = f"strpos(audit_words(e.subject, e.detail), {query.add(words)}) > 0 AS fits"
        rows = await pool.fetch(query.plain(STEP, f"{COLUMNS}, {fits}"), *query.values)
        yield [_line(row) for row in rows if row["fits"]]
        if len(rows) < STEP:
            return
        after = (rows[-1]["at"], rows[-1]["id"])


def folded(words: str) -> str:
    """Return words in the form in which the database compares them (audit_words in the migrations)."""
    return unicodedata.normalize("NFKC", words.replace("\x00", "").strip()).lower()[:100]


class _Query:
    """A statement with only the conditions that are asked for, so that its plan fits them."""

    def __init__(self, which: Search, after: Place | None) -> None:
        self.values: list[Any] = []
        where = [f"e.workspace_id = {self.add(which.workspace_id)}"]
        if which.member_id == SYSTEM:
            where.append("e.member_id IS NULL")
        elif which.member_id is not None:
            where.append(f"e.member_id = {self.add(which.member_id)}")
        self._kinds = self.add(list(which.actions)) if which.actions else ""
        if which.subject:
            where.append(f"e.subject = {self.add(which.subject[:120])}")
        if which.since is not None:
            where.append(f"e.at >= {self.add(which.since)}")
        if which.until is not None:
            where.append(f"e.at < {self.add(which.until)}")
        if after is not None:
            where.append(f"(e.at, e.id) < ({self.add(after[0])}, {self.add(after[1])}::uuid)")
        self._where = " AND ".join(where)

    def add(self, value: object) -> str:
        """Add a value and return its place in the statement."""
        self.values.append(value)
        return f"${len(self.values)}"

    def plain(self, limit: int, columns: str = COLUMNS) -> str:
        """Return the statement for the newest entries."""
        shared = {"columns": columns, "where": self._where, "limit": limit}
        if self._kinds:
            return OF_KINDS.format(kinds=self._kinds, **shared)
        return PLAIN.format(**shared)

    @property
    def where(self) -> str:
        """Every condition, that on the kind too."""
        if not self._kinds:
            return self._where
        return f"{self._where} AND e.action = ANY ({self._kinds}::text[])"


async def _some(pool: Pool, which: Search, after: Place | None, limit: int) -> list[Line]:
    query = _Query(which, after)
    return [_line(row) for row in await pool.fetch(query.plain(limit), *query.values)]


async def _among_recent(
    pool: Pool, which: Search, after: Place | None, words: str, *, limit: int, depth: int
) -> list[Line]:
    query = _Query(which, after)
    recent = query.plain(depth)
    asked = query.add(words)
    rows = await pool.fetch(
        f"SELECT * FROM ({recent}) e WHERE strpos(audit_words(e.subject, e.detail), {asked}) > 0"  # noqa: S608 (our own names)
        f" ORDER BY e.at DESC, e.id DESC LIMIT {limit}",
        *query.values,
    )
    return [_line(row) for row in rows]


async def _by_pairs(
    pool: Pool, which: Search, after: Place | None, words: str, limit: int
) -> list[Line]:
    """Ask the index of pairs first, whatever the planner would rather do: hits are few, or were found before."""
    query = _Query(which, after)
    pairs = sorted({words[n : n + 2] for n in range(len(words) - 1)})
    asked, hold = query.add(words), query.add(pairs)
    rows = await pool.fetch(
        f"WITH hit AS MATERIALIZED (SELECT {COLUMNS} FROM audit_entry e"  # noqa: S608 (our own names)
        f" WHERE audit_pairs(audit_words(e.subject, e.detail)) @> {hold}::text[] AND {query.where})"
        f" SELECT * FROM hit e WHERE strpos(audit_words(e.subject, e.detail), {asked}) > 0"
        f" ORDER BY e.at DESC, e.id DESC LIMIT {limit}",
        *query.values,
    )
    return [_line(row) for row in rows]


def _page(found: Sequence[Line], size: int) -> LogPage:
    rows = found[:size]
    return LogPage(rows, (rows[-1].at, rows[-1].id) if len(found) > size else None)


def _line(row: Any) -> Line:  # noqa: ANN401 (a database record)
    return Line(
        id=row["id"],
        at=row["at"],
        member_id=row["member_id"],
        action=row["action"],
        subject=row["subject"],
        detail=row["detail"],
    )
