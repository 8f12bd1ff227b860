"""Begin and steer an import: a batch is opened with its file, committed, or given up."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from coupons.importing.checking import Rules
from runtime.database import Connection
from runtime.errors import Invalid, NotFound, Refused
from runtime.live import Change, publish
from team.audit import Entry, record

COUPON = "SELECT workspace_id, state, code_mode FROM coupon WHERE id = $1"
ADD = """
INSERT INTO code_batch (id, workspace_id, coupon_id, kind, state, source, file_name, file_hash, member_id,
  add_check, total, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
MOVE = """
UPDATE code_batch SET state = $3::text, progress = 0, add_check = coalesce($5::bool, add_check),
  total = CASE WHEN $3::text = 'committing' THEN rows ELSE total END
WHERE id = $1 AND workspace_id = $2 AND state = ANY ($4::text[]) RETURNING coupon_id
"""
RULES = """
SELECT c.code_columns AS columns, c.code_format, c.pack_kind, b.add_check
FROM code_batch b JOIN coupon c ON c.id = b.coupon_id WHERE b.id = $1
"""
# From where a person may move a batch, and to what.
MOVES = {
    "committing": ("ready",),
    "discarding": ("rehearsing", "ready", "committing", "refused"),
    "rehearsing": ("ready",),
    "taking_back": ("loaded",),
}


class NewBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A file somebody brought, or (kind offline) codes somebody wants to print. `id` names its file."""

    id: UUID
    coupon_id: UUID
    workspace_id: UUID | None = None
    kind: str = "import"
    state: str = "rehearsing"
    source: str = "page"
    file_name: str = ""
    file_hash: bytes | None = None
    member_id: UUID | None = None
    add_check: bool = False
    total: int = 0


async def require_pack(tx: Connection, coupon_id: UUID, workspace_id: UUID | None = None) -> UUID:
    """Return the workspace of a coupon that takes codes by file; raises NotFound or Invalid."""
    row = await tx.fetchrow(COUPON, coupon_id)
    if row is None or workspace_id not in {None, row["workspace_id"]}:
        raise NotFound("There is no such coupon")
    if row["state"] == "archived":
        raise Invalid("codes", "This coupon is archived; duplicate it to load codes again")
    if row["code_mode"] == "fixed":
        raise Invalid("codes", "This coupon has one fixed code; choose a code pack to load codes")
    if row["code_mode"] != "pack":
        raise Invalid("codes", "This coupon makes its own codes; choose a code pack to load codes")
    return UUID(str(row["workspace_id"]))


async def open_batch(tx: Connection, new: NewBatch, now: datetime) -> None:
    """Note a batch; the worker takes it from there. Raises NotFound or Invalid."""
    workspace_id = new.workspace_id
    if new.kind == "import":
        workspace_id = await require_pack(tx, new.coupon_id, new.workspace_id)
    await tx.execute(
        ADD,
        new.id,
        workspace_id,
        new.coupon_id,
        new.kind,
        new.state,
        new.source,
        new.file_name[-200:],
        new.file_hash,
        new.member_id,
        new.add_check,
        new.total,
        now,
    )
    if workspace_id is not None:
        await tell(tx, workspace_id, new.coupon_id, now)


async def move_batch(  # noqa: PLR0913 (who moves what, where and how)
    tx: Connection,
    workspace_id: UUID,
    batch_id: UUID,
    state: str,
    now: datetime,
    *,
    member_id: UUID | None = None,
    add_check: bool | None = None,
) -> None:
    """Let the worker go on: commit a rehearsed batch, give one up, rehearse it once more (`add_check`:
    adding EAN-13 check digits or not), or take a loaded one back. Raises NotFound or Refused.
    """
    moved = await tx.fetchrow(MOVE, batch_id, workspace_id, state, list(MOVES[state]), add_check)
    if moved is None:
        known = await tx.fetchval(
            "SELECT state FROM code_batch WHERE id = $1 AND workspace_id = $2",
            batch_id,
            workspace_id,
        )
        if known is None:
            raise NotFound("There is no such batch of codes")
        raise Refused("batch_moved", "This batch has gone on meanwhile; look at it again")
    await record(
        tx,
        Entry(
            workspace_id=workspace_id,
            member_id=member_id,
            action=f"codes.{state}",
            subject=str(batch_id),
        ),
        now,
    )
    await tell(tx, workspace_id, moved["coupon_id"], now)


async def read_rules(tx: Connection, batch_id: UUID) -> Rules:
    """Return what the batch's coupon asks of its codes."""
    row = await tx.fetchrow(RULES, batch_id)
    return Rules(**dict(row))


async def tell(tx: Connection, workspace_id: UUID, coupon_id: UUID, now: datetime) -> None:
    """Tell screens that the coupon's codes have changed."""
    await publish(tx, [Change(workspace_id, "stock", coupon_id, {})], now)
