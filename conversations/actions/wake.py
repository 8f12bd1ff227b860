"""Bring snoozed conversations back at their time."""

from __future__ import annotations

from datetime import datetime

from conversations.actions.trail import Act, Done, add_to_trail
from runtime.database import Connection, Pool
from runtime.live import Change, publish

ANY_DUE = (
    "SELECT EXISTS (SELECT 1 FROM conversation WHERE status = 'snoozed' AND snoozed_until <= $1)"
)
# A row somebody works on now is left for the next round; what was woken is no longer snoozed, so that no
# two processes wake it twice.
WAKE = """
UPDATE conversation c SET status = CASE WHEN c.assignee_id IS NULL THEN 'waiting' ELSE 'in_progress' END,
  waiting_since = CASE WHEN c.assignee_id IS NULL THEN $1::timestamptz END, snoozed_until = NULL,
  version = c.version + 1
WHERE c.id IN (SELECT id FROM conversation WHERE status = 'snoozed' AND snoozed_until <= $1
  ORDER BY snoozed_until LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING c.id, c.workspace_id, c.version
"""


async def any_due(connection: Connection | Pool, now: datetime) -> bool:
    """Say whether the time of any conversation has come."""
    return bool(await connection.fetchval(ANY_DUE, now))


async def wake(tx: Connection, now: datetime, limit: int) -> int:
    """Wake up to `limit` conversations whose time has come, in the caller's transaction; returns how many."""
    rows = await tx.fetch(WAKE, now, limit)
    acts = [Done(conversation_id=row["id"], act=Act.WOKEN) for row in rows]
    await add_to_trail(tx, acts, now)
    changes = [
        Change(row["workspace_id"], "conversation", row["id"], {"version": row["version"]})
        for row in rows
    ]
    await publish(tx, changes, now)
    return len(rows)
