"""Who changed what: rows are only ever added, in the transaction of the change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection
from runtime.ids import uuid7

ADD = """
INSERT INTO audit_entry (id, workspace_id, member_id, action, subject, detail, at)
SELECT id, w, m, a, s, d::jsonb, $7
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[]) AS u (id, w, m, a, s, d)
"""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One change: `action` is a stable word, `subject` an id or name, `detail` plain facts, no secrets.

    `member_id` is None when the operator or the system did it.
    """

    workspace_id: UUID
    action: str
    member_id: UUID | None = None
    subject: str = ""
    detail: Mapping[str, Any] = {}


async def record(tx: Connection, entry: Entry, now: datetime) -> None:
    """Add `entry` within the caller's transaction."""
    await record_all(tx, [entry], now)


async def record_all(tx: Connection, entries: Sequence[Entry], now: datetime) -> None:
    """Add `entries` with one statement within the caller's transaction."""
    if not entries:
        return
    await tx.execute(
        ADD,
        [uuid7() for _ in entries],
        [entry.workspace_id for entry in entries],
        [entry.member_id for entry in entries],
        [entry.action[:60] for entry in entries],
        [entry.subject[:120] for entry in entries],
        [json.dumps(dict(entry.detail)) for entry in entries],
        now,
    )
