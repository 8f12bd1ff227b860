"""Hand conversations the bot has no answer for to whoever is free on the staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from runtime.database import Connection
from runtime.live import Change, publish

WAIT = """
UPDATE conversation SET status = 'waiting', waiting_since = $2, version = version + 1
WHERE id = ANY ($1::uuid[]) AND (status = 'bot') IS TRUE RETURNING workspace_id, id
"""


async def await_person(tx: Connection, conversations: Sequence[UUID], now: datetime) -> None:
    """Set conversations the bot has to `waiting`; others are left as they are."""
    if conversations:
        rows = await tx.fetch(WAIT, sorted(conversations), now)
        changes = [
            Change(row["workspace_id"], "conversation", row["id"], {"status": "waiting"})
            for row in rows
        ]
        await publish(tx, changes, now)
