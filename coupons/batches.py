"""What screens and commands read about batches of codes; nothing here writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from coupons.rules.codes import lookup_keys
from runtime.database import Connection, Pool

PAGE = 5_000
ACTIVE = frozenset({"rehearsing", "committing", "generating", "discarding", "taking_back"})

FIELDS = """
b.id, b.coupon_id, b.kind, b.state, b.source, b.file_name, b.encoding, b.rows, b.good, b.counts, b.sample,
b.progress, b.total, b.problem, b.kept, b.add_check, b.created_at, b.finished_at,
coalesce(m.name, '') AS member,
(SELECT max(o.created_at) FROM code_batch o WHERE o.workspace_id = b.workspace_id
  AND o.file_hash = b.file_hash AND o.created_at <= b.created_at AND o.id <> b.id
  AND o.state IN ('loaded', 'committing')) AS twin_at
"""
LIST = f"""
SELECT {FIELDS} FROM code_batch b LEFT JOIN member m ON m.id = b.member_id
WHERE b.workspace_id = $1 AND b.coupon_id = $2 ORDER BY b.created_at DESC, b.id DESC LIMIT $3
"""  # noqa: S608 (constants)
ONE = f"""
SELECT {FIELDS} FROM code_batch b LEFT JOIN member m ON m.id = b.member_id
WHERE b.workspace_id = $1 AND b.id = $2
"""  # noqa: S608 (constants)
COUPON = """
SELECT c.id, c.name, c.state, c.code_mode, c.code_format, c.code_columns, c.pack_kind, c.code_shape, c.quantity,
  c.fixed_code,
  (SELECT count(*) FROM unit u WHERE u.coupon_id = c.id AND u.state = 'free') AS free,
  (SELECT coalesce(max(u.seq), 0) FROM unit u WHERE u.coupon_id = c.id)
  - (SELECT count(*) FROM unit u WHERE u.coupon_id = c.id AND u.state = 'withdrawn') AS stock,
  j.made, j.wanted
FROM coupon c LEFT JOIN stock_job j ON j.coupon_id = c.id WHERE c.workspace_id = $1 AND c.id = $2
"""
REJECTS = """
SELECT line, value, reason FROM rejected_code WHERE batch_id = $1 AND line > $2 ORDER BY line LIMIT $3
"""
CODES = """
SELECT id, text FROM code WHERE batch_id = $1 AND id > $2 AND disabled_at IS NULL ORDER BY id LIMIT $3
"""
FIND = """
SELECT k.id, k.text, k.disabled_at, u.state AS unit_state, cl.id AS claim_id, cl.state AS claim_state,
  cl.number, ct.name AS contact
FROM code k LEFT JOIN unit u ON u.code_id = k.id
LEFT JOIN claim cl ON (cl.unit_id = u.id OR cl.id = k.claim_id) AND NOT cl.test AND cl.state <> 'released'
LEFT JOIN contact ct ON ct.id = cl.contact_id
WHERE k.workspace_id = $1 AND k.coupon_id = $2 AND k.normalised = ANY ($3::text[]) ORDER BY k.id LIMIT 5
"""


class BatchView(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as its page shows it (coupons.models.batch). `twin_at`: when the same file came before;
    `member`: who brought it, "" for a command.
    """

    id: UUID
    coupon_id: UUID
    kind: str
    state: str
    source: str
    file_name: str
    encoding: str
    rows: int
    good: int
    counts: Mapping[str, int]
    sample: Sequence[Sequence[Any]]
    progress: int
    total: int
    problem: str
    kept: int
    add_check: bool
    created_at: datetime
    finished_at: datetime | None
    member: str
    twin_at: datetime | None

    @property
    def rejected(self) -> int:
        """How many lines were, or would be, refused."""
        return sum(self.counts.values())

    @property
    def active(self) -> bool:
        """Whether it is being worked on."""
        return self.state in ACTIVE

    @property
    def percent(self) -> int:
        """How far the work has come, 0 to 100."""
        return min(100, self.progress * 100 // self.total) if self.total else 0


class CouponCodes(msgspec.Struct, frozen=True, kw_only=True):
    """A coupon's codes in figures: `stock` units that are free or were given, `free` of them still to be
    had; `made` of `wanted` units while they are being made, else None.
    """

    id: UUID
    name: str
    state: str
    code_mode: str
    code_format: str
    code_columns: int
    pack_kind: str
    code_shape: Any
    fixed_code: str
    quantity: int | None
    free: int
    stock: int
    made: int | None
    wanted: int | None


class FoundCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code somebody searched for. `state`: free, issued, redeemed, voided, unmade (no claim can get it
    yet), printed or disabled.
    """

    id: int
    text: str
    state: str
    number: str
    contact: str


async def coupon_codes(
    db: Pool | Connection, workspace_id: UUID, coupon_id: UUID
) -> CouponCodes | None:
    """Return the coupon's codes in figures, None when there is no such coupon."""
    row = await db.fetchrow(COUPON, workspace_id, coupon_id)
    return CouponCodes(**dict(row)) if row is not None else None


async def batches(
    db: Pool | Connection, workspace_id: UUID, coupon_id: UUID, limit: int = 50
) -> list[BatchView]:
    """List a coupon's newest batches."""
    rows = await db.fetch(LIST, workspace_id, coupon_id, limit)
    return [BatchView(**dict(row)) for row in rows]


async def batch(db: Pool | Connection, workspace_id: UUID, batch_id: UUID) -> BatchView | None:
    """Return one batch, None when there is none."""
    row = await db.fetchrow(ONE, workspace_id, batch_id)
    return BatchView(**dict(row)) if row is not None else None


async def rejects(db: Pool | Connection, batch_id: UUID) -> AsyncIterator[tuple[int, str, str]]:
    """Give (line, value, reason) of every refused line, in short reads."""
    line = 0
    while rows := await db.fetch(REJECTS, batch_id, line, PAGE):
        for row in rows:
            yield row["line"], row["value"], row["reason"]
        line = rows[-1]["line"]


async def codes_of(db: Pool | Connection, batch_id: UUID) -> AsyncIterator[str]:
    """Give the codes of a batch in their order, in short reads."""
    last = 0
    while rows := await db.fetch(CODES, batch_id, last, PAGE):
        for row in rows:
            yield row["text"]
        last = rows[-1]["id"]


async def find_codes(
    db: Pool | Connection, workspace_id: UUID, coupon_id: UUID, typed: str
) -> list[FoundCode]:
    """Return the coupon's codes that `typed` may mean: exactly, or without regard to case and dashes."""
    rows = await db.fetch(FIND, workspace_id, coupon_id, lookup_keys(typed))
    return [_found(row) for row in rows]


def _found(row: Any) -> FoundCode:  # noqa: ANN401 (a database record)
    state = row["claim_state"] or row["unit_state"] or "unmade"
    if row["disabled_at"] is not None:
        state = "disabled"
    return FoundCode(
        id=row["id"],
        text=row["text"],
        state=state,
        number=row["number"] or "",
        contact=row["contact"] or "",
    )
