"""Take what tells about a person out of the logs: that something was done stays, with whom it was done goes."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from runtime.database import Connection

# The act, who did it and when stay, and so does the id it was done to, which names nobody any more.
AUDIT = """
UPDATE audit_entry SET detail = '{}' WHERE workspace_id = $1 AND detail <> '{}'
  AND (subject = ANY ($2::text[]) OR detail::text LIKE ANY ($3::text[]))
"""
# What was not told yet is told to nobody.
EVENTS = """
WITH about AS (
  SELECT e.id FROM webhook_event e JOIN webhook w ON w.id = e.webhook_id
  WHERE w.workspace_id = $1 AND e.body LIKE ANY ($2::text[])
), tries AS (
  UPDATE webhook_attempt t SET excerpt = '' FROM about WHERE t.event_id = about.id
)
UPDATE webhook_event e SET body = '{}', next_try_at = NULL, state = CASE WHEN e.state = 0 THEN 2 ELSE e.state END
FROM about WHERE e.id = about.id
"""


async def forget_in_logs(tx: Connection, workspace_id: UUID, ids: Sequence[UUID]) -> None:
    """Empty what the audit log and the events for webhooks tell of `ids`, a person's and their conversations'."""
    names = [str(one) for one in ids]
    holding = [f"%{name}%" for name in names]
    await tx.execute(AUDIT, workspace_id, names, holding)
    await tx.execute(EVENTS, workspace_id, holding)
