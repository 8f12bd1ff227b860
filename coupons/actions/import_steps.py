"""The steps of an import, each a short transaction of its own that notes how far it came.

All of a batch's codes are stored, unseen, before any of them becomes a unit that a claim can take.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.actions.import_open import tell
from coupons.importing.checking import Checked
from runtime.database import Connection

STEP = 10_000
SAMPLE = 10

COUPON = """
SELECT 1 FROM coupon WHERE id = (SELECT coupon_id FROM code_batch WHERE id = $1) FOR NO KEY UPDATE
"""
HELD = "SELECT * FROM code_batch WHERE id = $1 FOR UPDATE"
KNOWN = "SELECT normalised FROM code WHERE workspace_id = $1 AND normalised = ANY ($2::text[])"
FOREIGN = KNOWN + " AND batch_id IS DISTINCT FROM $3"
REHEARSED = """
UPDATE code_batch SET progress = $2, rows = $2, good = $3, counts = $4, sample = $5 WHERE id = $1
"""
# In the order of the lines: claims draw codes in the order of their ids.
ADD = """
WITH added AS (
  INSERT INTO code (workspace_id, coupon_id, batch_id, text, normalised)
  SELECT $1, $2, $3, t, n FROM unnest($4::text[], $5::text[]) WITH ORDINALITY AS u (t, n, place) ORDER BY place
  ON CONFLICT (workspace_id, normalised) DO NOTHING RETURNING 1
) SELECT count(*) FROM added
"""
ADD_MANY = """
WITH added AS (
  INSERT INTO code (workspace_id, coupon_id, batch_id, text, normalised, more)
  SELECT $1, $2, $3, t, n, m::jsonb
  FROM unnest($4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS u (t, n, m, place) ORDER BY place
  ON CONFLICT (workspace_id, normalised) DO NOTHING RETURNING 1
) SELECT count(*) FROM added
"""
REJECT = """
INSERT INTO rejected_code (batch_id, line, value, reason)
SELECT $1, l, v, r FROM unnest($2::int[], $3::text[], $4::text[]) AS u (l, v, r) ON CONFLICT DO NOTHING
"""
COMMITTED = "UPDATE code_batch SET progress = $2, good = $3, counts = $4 WHERE id = $1"
COUNTS = "SELECT counts FROM code_batch WHERE id = $1 FOR UPDATE"
FORGET = "DELETE FROM rejected_code WHERE batch_id = $1"
FORGET_STORED = FORGET + " AND reason = 'stored'"


class Gone(Exception):
    """Somebody moved the batch on meanwhile."""


async def hold(tx: Connection, batch_id: UUID, state: str) -> Any:  # noqa: ANN401 (a database record)
    """Return the batch, locked; raises Gone unless it is still in `state`."""
    row = await tx.fetchrow(HELD, batch_id)
    if row is None or row["state"] != state:
        raise Gone
    return row


async def hold_coupon(tx: Connection, batch_id: UUID) -> None:
    """Lock the batch's coupon: before the batch, as whoever makes units locks them."""
    await tx.execute(COUPON, batch_id)


async def rehearse_step(
    tx: Connection, batch_id: UUID, rows: Sequence[Checked], now: datetime
) -> None:
    """Count what would become of the next rows, and note those that would be refused."""
    batch = await hold(tx, batch_id, "rehearsing")
    if batch["progress"] == 0:
        await tx.execute(FORGET, batch_id)
    first = batch["progress"] == 0
    good = [row for row in rows if not row.reason]
    known = await _known(tx, KNOWN, batch["workspace_id"], good)
    for row in good:
        if row.key in known:
            row.reason = "stored"
    counts = Counter({} if first else batch["counts"])
    counts.update(row.reason for row in rows if row.reason)
    fresh = [row for row in good if not row.reason]
    sample = [] if first else list(batch["sample"])
    sample += [[row.line, *row.texts] for row in fresh[: SAMPLE - len(sample)]]
    await _reject(tx, batch_id, [row for row in rows if row.reason])
    done = batch["progress"] + len(rows)
    so_far = len(fresh) + (0 if first else batch["good"])
    await tx.execute(REHEARSED, batch_id, done, so_far, dict(counts), sample)
    await tell(tx, batch["workspace_id"], batch["coupon_id"], now)


async def commit_step(
    tx: Connection, batch_id: UUID, rows: Sequence[Checked], now: datetime
) -> None:
    """Store the next rows' codes. What somebody else stored meanwhile is refused as stored."""
    batch = await hold(tx, batch_id, "committing")
    first, counts = batch["progress"] == 0, Counter(batch["counts"])
    if first:
        await tx.execute(FORGET_STORED, batch_id)
        counts.pop("stored", None)
    good = [row for row in rows if not row.reason]
    added = await _add(tx, batch, good)
    if added < len(good):
        await _refuse_known(tx, batch, good)
        counts["stored"] += len(good) - added
    so_far = added + (0 if first else batch["good"])
    done = batch["progress"] + len(rows)
    await tx.execute(COMMITTED, batch_id, done, so_far, dict(counts))
    await tell(tx, batch["workspace_id"], batch["coupon_id"], now)


async def note_refused(tx: Connection, batch_id: UUID, rows: Sequence[Checked]) -> None:
    """Note rows that were refused without a rehearsal."""
    if rows:
        counts = Counter(await tx.fetchval(COUNTS, batch_id))
        counts.update(row.reason for row in rows)
        await _reject(tx, batch_id, rows)
        await tx.execute("UPDATE code_batch SET counts = $2 WHERE id = $1", batch_id, dict(counts))


async def _add(tx: Connection, batch: Any, good: Sequence[Checked]) -> int:  # noqa: ANN401 (a record)
    """Insert the codes and return how many were new."""
    values: list[Any] = [[row.texts[0] for row in good], [row.key for row in good]]
    statement = ADD
    if any(len(row.texts) > 1 for row in good):
        values.append([_more(row) for row in good])
        statement = ADD_MANY
    owners = (batch["workspace_id"], batch["coupon_id"], batch["id"])
    return int(await tx.fetchval(statement, *owners, *values))


def _more(row: Checked) -> str:
    return msgspec.json.encode(row.texts[1:]).decode()


async def _refuse_known(tx: Connection, batch: Any, good: Sequence[Checked]) -> None:  # noqa: ANN401 (a record)
    known = await _known(tx, FOREIGN, batch["workspace_id"], good, batch["id"])
    refused = [row for row in good if row.key in known]
    for row in refused:
        row.reason = "stored"
    await _reject(tx, batch["id"], refused)


async def _known(
    tx: Connection, query: str, workspace_id: UUID, rows: Sequence[Checked], *more: UUID
) -> set[str]:
    found = await tx.fetch(query, workspace_id, [row.key for row in rows], *more)
    return {record["normalised"] for record in found}


async def _reject(tx: Connection, batch_id: UUID, rows: Sequence[Checked]) -> None:
    if rows:
        await tx.execute(
            REJECT,
            batch_id,
            [row.line for row in rows],
            [row.value for row in rows],
            [row.reason for row in rows],
        )
