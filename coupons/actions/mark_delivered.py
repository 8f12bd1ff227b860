"""Remember that a claim's card reached its customer: such a claim is never released."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from runtime.database import Connection

MARK = """
WITH held AS (SELECT id FROM claim WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE)
UPDATE claim c SET delivered_at = $2 FROM held WHERE c.id = held.id AND c.delivered_at IS NULL
"""


async def mark_delivered(tx: Connection, claim_ids: Sequence[UUID], at: datetime) -> None:
    """Set when the cards were delivered or read, the first time it is known; a released claim stays so."""
    await tx.execute(MARK, sorted(claim_ids), at)
