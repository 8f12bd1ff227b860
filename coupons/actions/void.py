"""Revoke claims: they can no longer be used, and what they took stays taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from runtime.database import Connection
from runtime.live import Change, publish
from team.audit import Entry, record_all

VOID = """
WITH held AS (
  SELECT id FROM claim WHERE id = ANY ($1::uuid[]) AND workspace_id = $2 ORDER BY id FOR UPDATE
)
UPDATE claim c SET state = 'voided', voided_at = $3 FROM held
WHERE c.id = held.id AND c.state = 'issued' RETURNING c.id, c.coupon_id, c.contact_id, c.unit_id
"""
UNITS = "UPDATE unit SET state = 'void' WHERE id = ANY ($1::bigint[]) AND state = 'issued'"


async def void(
    tx: Connection, workspace_id: UUID, claim_ids: Sequence[UUID], member_id: UUID, now: datetime
) -> list[UUID]:
    """Revoke the claims that are still issued and return their ids; each is written into the audit log."""
    rows = await tx.fetch(VOID, sorted(claim_ids), workspace_id, now)
    await tx.execute(UNITS, sorted(row["unit_id"] for row in rows if row["unit_id"] is not None))
    entries = [
        Entry(
            workspace_id=workspace_id,
            member_id=member_id,
            action="claim.void",
            subject=str(row["id"]),
        )
        for row in rows
    ]
    await record_all(tx, entries, now)
    await publish(tx, [_change(workspace_id, row) for row in rows], now)
    return [row["id"] for row in rows]


def _change(workspace_id: UUID, row: Any) -> Change:  # noqa: ANN401 (a database record)
    detail = {
        "state": "voided",
        "coupon": str(row["coupon_id"]),
        "contact": str(row["contact_id"]),
    }
    return Change(workspace_id, "claim", row["id"], detail)
