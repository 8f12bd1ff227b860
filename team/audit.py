"""Who changed what: rows are only ever added, in the transaction of the change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection
from runtime.ids import uuid7

ADD = """
INSERT INTO audit_entry (id, workspace_id, member_id, action, subject, detail, at)
VALUES ($1, $2, $3, $4, $5, $6::text::jsonb, $7)
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
    await tx.execute(
        ADD,
        uuid7(),
        entry.workspace_id,
        entry.member_id,
        entry.action[:60],
        entry.subject[:120],
        json.dumps(dict(entry.detail)),
        now,
    )
