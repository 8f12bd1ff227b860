"""Revoke claims: they can no longer be used, and what they took stays taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from runtime.database import Connection
from runtime.live import Change, publish
from team.audit import Entry, record

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
    changes = []
    for row in rows:
        entry = Entry(
            workspace_id=workspace_id,
            member_id=member_id,
            action="claim.void",
            subject=str(row["id"]),
        )
        await record(tx, entry, now)
        detail = {"state": "voided", "coupon": str(row["coupon_id"])}
        detail["contact"] = str(row["contact_id"])
        changes.append(Change(workspace_id, "claim", row["id"], detail))
    await publish(tx, changes, now)
    return [row["id"] for row in rows]
