"""Load a list of merchants' codes that is already at hand into a coupon's pack."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from uuid import UUID

import msgspec

from coupons.actions.import_open import NewBatch, open_batch, read_rules
from coupons.actions.import_steps import STEP, commit_step, note_refused
from coupons.actions.make_units import make_units
from coupons.importing.checking import check
from coupons.importing.problems import MOST_ROWS
from runtime.database import Database
from runtime.errors import Invalid
from runtime.ids import uuid7

FINISH = """
UPDATE code_batch SET state = 'loaded', rows = progress, total = progress, finished_at = $2 WHERE id = $1
RETURNING good
"""
FORGET = ("DELETE FROM rejected_code WHERE batch_id = $1", "DELETE FROM code_batch WHERE id = $1")


class Rejected(msgspec.Struct, frozen=True):
    """A code that was not loaded: its line (from 1), its text, and why (coupons.importing.problems)."""

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
    if len(texts) > MOST_ROWS:
        raise Invalid(
            "codes", f"A list may hold at most {MOST_ROWS:,} codes; this one has {len(texts):,}"
        )
    batch_id = uuid7()
    new = NewBatch(
        id=batch_id, coupon_id=coupon_id, state="committing", source="command", total=len(texts)
    )
    async with database.transaction() as tx:
        await open_batch(tx, new, now)
        rules = await read_rules(tx, batch_id)
    checked = check(((line, [text]) for line, text in enumerate(texts, 1)), rules)
    refused: list[Rejected] = []
    while rows := list(islice(checked, STEP)):
        async with database.transaction() as tx:
            await note_refused(tx, batch_id, [row for row in rows if row.reason])
            await commit_step(tx, batch_id, rows, now)
        refused += [Rejected(row.line, row.value, row.reason) for row in rows if row.reason]
    loaded = await database.screens.fetchval(FINISH, batch_id, now)
    if loaded:
        await make_units(database, coupon_id, now)
    else:
        for statement in FORGET:
            await database.screens.execute(statement, batch_id)
    return LoadReport(loaded, tuple(refused))
