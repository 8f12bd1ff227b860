"""Take what tells about a person out of the logs: that something was done stays, with whom it was done goes.

Looking through the logs takes long, and the live feed shows nothing newer than a transaction that writes. So what
tells of somebody is found first, without one; who then empties it looks only through what has come since.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# What has an instant older than this was committed when we looked first: no transaction lasts as long.
OVERLAP = timedelta(hours=1)

ENTRIES = """
SELECT id FROM audit_entry WHERE workspace_id = $1 AND at >= $4 AND detail <> '{}'
  AND (subject = ANY ($2::text[]) OR detail::text LIKE ANY ($3::text[]))
"""
EVENTS = """
SELECT e.id FROM webhook w JOIN webhook_event e ON e.webhook_id = w.id
WHERE w.workspace_id = $1 AND e.created_at >= $3 AND e.body LIKE ANY ($2::text[])
"""
# The act, who did it and when stay, and so does the id it was done to, which names nobody any more.
FORGET_ENTRIES = "UPDATE audit_entry SET detail = '{}' WHERE id = ANY ($1::uuid[])"
# What was not told yet is told to nobody. Excerpts afterwards: whoever settles an event writes its try with it.
FORGET_EVENTS = """
UPDATE webhook_event SET body = '{}', next_try_at = NULL, state = CASE WHEN state = 0 THEN 2 ELSE state END
WHERE id = ANY ($1::uuid[])
"""
FORGET_ANSWERS = (
    "UPDATE webhook_attempt SET excerpt = '' WHERE event_id = ANY ($1::uuid[]) AND excerpt <> ''"
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of entries of the audit log and of webhooks' events that tell of somebody."""

    entries: Sequence[UUID] = ()
    events: Sequence[UUID] = ()


async def find_in_logs(
    db: Pool | Connection, workspace_id: UUID, ids: Sequence[UUID], since: datetime = BEGINNING
) -> Found:
    """Find what was written since `since` about `ids`, a person's and their conversations'; only reads."""
    names = [str(one) for one in ids]
    holding = [f"%{name}%" for name in names]
    entries = await db.fetch(ENTRIES, workspace_id, names, holding, since)
    events = await db.fetch(EVENTS, workspace_id, holding, since)
    return Found(entries=[row["id"] for row in entries], events=[row["id"] for row in events])


async def forget_in_logs(
    tx: Connection, workspace_id: UUID, ids: Sequence[UUID], found: Found, now: datetime
) -> None:
    """Empty what the logs tell of `ids`: what was `found` just before, and what has come since."""
    fresh = await find_in_logs(tx, workspace_id, ids, now - OVERLAP)
    await tx.execute(FORGET_ENTRIES, [*found.entries, *fresh.entries])
    events = [*found.events, *fresh.events]
    await tx.execute(FORGET_EVENTS, events)
    await tx.execute(FORGET_ANSWERS, events)
