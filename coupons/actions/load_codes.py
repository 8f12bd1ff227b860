"""Load a list of merchants' codes into a coupon's pack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from coupons.actions.make_units import make_units
from coupons.rules.codes import ean13_valid, normalise, unusable
from runtime.database import Database
from runtime.errors import Invalid, NotFound

STEP = 10_000
MOST = 100_000

ADD = """
INSERT INTO code (workspace_id, coupon_id, text, normalised)
SELECT $1, $2, t, n FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS u (t, n, line) ORDER BY line
ON CONFLICT (workspace_id, normalised) DO NOTHING RETURNING normalised
"""
COUPON = "SELECT workspace_id, code_mode, code_format FROM coupon WHERE id = $1 FOR UPDATE"


class Rejected(msgspec.Struct, frozen=True):
    """A code that was not loaded: its line (from 1), its text, and why (blank, long, control, checksum,
    repeated in the list, stored already).
    """

    line: int
    text: str
    reason: str


class LoadReport(msgspec.Struct, frozen=True):
    """What became of the list."""

    loaded: int
    rejected: tuple[Rejected, ...]


async def load_codes(
    database: Database, coupon_id: UUID, texts: Sequence[str], now: datetime
) -> LoadReport:
    """Store the codes in steps of 10,000, make their units, and say which were refused and why.

    Raises NotFound, or Invalid when the coupon takes no pack or the list is longer than 100,000. A list
    cut off midway may be loaded again: what was stored counts as stored already.
    """
    if len(texts) > MOST:
        raise Invalid(
            "codes", f"A list may hold at most {MOST:,} codes; this one has {len(texts):,}"
        )
    row = await database.screens.fetchrow(
        "SELECT code_mode, code_format FROM coupon WHERE id = $1", coupon_id
    )
    if row is None:
        raise NotFound("There is no such coupon")
    if row["code_mode"] != "pack":
        raise Invalid("codes", "This coupon has one fixed code; choose a code pack to load codes")
    refuse = _symbology(row["code_format"])
    rejected: list[Rejected] = []
    good = _sort_out(texts, refuse, rejected)
    loaded = 0
    for start in range(0, len(good), STEP):
        loaded += await _store(database, coupon_id, good[start : start + STEP], rejected)
    if loaded:
        await make_units(database, coupon_id, now)
    return LoadReport(loaded, tuple(sorted(rejected, key=lambda r: r.line)))


def _symbology(code_format: str) -> Callable[[str], str | None]:
    def refuse(text: str) -> str | None:
        reason = unusable(text)
        if reason is None and code_format == "ean_13" and not ean13_valid(text):
            return "checksum"
        return reason

    return refuse


def _sort_out(
    texts: Sequence[str], refuse: Callable[[str], str | None], rejected: list[Rejected]
) -> list[tuple[int, str, str]]:
    good: list[tuple[int, str, str]] = []
    seen: set[str] = set()
    for line, raw in enumerate(texts, 1):
        text = raw.strip()
        reason = refuse(text)
        key = normalise(text)
        if reason is None and key in seen:
            reason = "repeated"
        if reason is not None:
            rejected.append(Rejected(line, text, reason))
            continue
        seen.add(key)
        good.append((line, text, key))
    return good


async def _store(
    database: Database,
    coupon_id: UUID,
    chunk: Sequence[tuple[int, str, str]],
    rejected: list[Rejected],
) -> int:
    async with database.transaction() as tx:
        # Locking the coupon keeps the codes' ids in the order they become visible.
        row = await tx.fetchrow(COUPON, coupon_id)
        texts = [text for _, text, _ in chunk]
        keys = [key for _, _, key in chunk]
        stored = await tx.fetch(ADD, row["workspace_id"], coupon_id, texts, keys)
    fresh = {record["normalised"] for record in stored}
    rejected += [Rejected(line, text, "stored") for line, text, key in chunk if key not in fresh]
    return len(fresh)
