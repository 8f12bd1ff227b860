"""Failed and unknown sends of a workspace, newest first, as screens read them.

A message that was sent again is none any more. What a person's taking over cancelled never failed: it is
listed only when asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from conversations.views import ThreadPlace
from runtime.database import Database

PAGE = 50
MOST_COUNTED = 100
RECENT = timedelta(days=7)
CAUSES_AMONG = 1000

# The words of the partial index message_failures, which the planner must find in every query here. Its
# conditions name no state, so that a message's way from sent to read stays cheap.
FAILED = "error_code <> '' AND error_code <> 'resent' AND direction = 'out' AND state IN ('failed', 'unknown')"
ROW = """
SELECT g.id, g.seq, g.conversation_id, coalesce(p.name, '') AS name, c.chat_type, c.customer_at, a.channel,
  a.name AS account_name, CASE WHEN a.removed_at IS NOT NULL THEN 'removed'
    WHEN a.paused_at IS NOT NULL THEN 'paused' ELSE a.state END AS account_state, g.kind, g.text, g.state,
  g.error_code, g.error_text, g.content, g.claim_id, g.provider_at,
  EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = g.id AND d.state <> 'failed') AS partly
FROM {messages} g JOIN conversation c ON c.id = g.conversation_id JOIN channel_account a ON a.id = g.account_id
LEFT JOIN contact p ON p.id = c.contact_id ORDER BY g.provider_at DESC, g.seq DESC
"""
LIST = """(SELECT * FROM message WHERE workspace_id = $1 AND {failed}
  AND ($2 = '' OR state = $2) AND ($3::uuid IS NULL OR account_id = $3)
  AND CASE WHEN $4 = '' THEN error_code <> 'taken_over' ELSE error_code = $4 END{older}
  ORDER BY provider_at DESC, seq DESC LIMIT {limit})"""
NAMED = "(SELECT * FROM message WHERE id = ANY ($2::uuid[]) AND workspace_id = $1 AND direction = 'out')"
COUNT = f"""
SELECT count(*) FROM (SELECT 1 FROM message WHERE workspace_id = $1 AND {FAILED} AND error_code <> 'taken_over'
  AND provider_at > $2 LIMIT {MOST_COUNTED}) f
"""  # noqa: S608 (constants)
CAUSES = f"""
SELECT DISTINCT ON (error_code) error_code, error_text FROM (
  SELECT error_code, error_text, provider_at, seq FROM message WHERE workspace_id = $1 AND {FAILED}
  ORDER BY provider_at DESC, seq DESC LIMIT {CAUSES_AMONG}) f ORDER BY error_code, provider_at DESC, seq DESC
"""  # noqa: S608 (constants)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A send that failed, or whose fate is unknown. `partly`: some of its parts did not fail."""

    id: UUID
    seq: int
    conversation_id: UUID
    name: str
    chat_type: str
    customer_at: datetime | None
    channel: str
    account_name: str
    account_state: str
    kind: str
    text: str
    state: str
    error_code: str
    error_text: str
    content: Any
    claim_id: UUID | None
    provider_at: datetime
    partly: bool


class FailureFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which failures: `state` failed or unknown, "" for both; `cause` an error code, "" for all."""

    workspace_id: UUID
    state: str = ""
    account_id: UUID | None = None
    cause: str = ""


class FailurePage(msgspec.Struct, frozen=True):
    """At most PAGE failures, newest first; `before` is None when nothing is older."""

    rows: Sequence[Failure]
    before: ThreadPlace | None


async def failure_page(
    db: Database, which: FailureFilter, before: ThreadPlace | None = None
) -> FailurePage:
    """Return the newest failures, or those older than `before`."""
    values: list[Any] = [which.workspace_id, which.state, which.account_id, which.cause]
    if before:
        values += [before.provider_at, before.seq]
    older = " AND (provider_at, seq) < ($5, $6)" if before else ""
    messages = LIST.format(failed=FAILED, older=older, limit=PAGE + 1)
    found = await db.screens.fetch(ROW.format(messages=messages), *values)
    rows = [Failure(**row) for row in found[:PAGE]]
    place = ThreadPlace(rows[-1].provider_at, rows[-1].seq) if len(found) > PAGE else None
    return FailurePage(rows, place)


async def named_messages(
    db: Database, workspace_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, Failure]:
    """Return outgoing messages of the workspace by id, whatever became of them; others are left out."""
    found = await db.screens.fetch(ROW.format(messages=NAMED), workspace_id, list(ids))
    return {row["id"]: Failure(**row) for row in found}


async def count_recent(db: Database, workspace_id: UUID, now: datetime) -> int:
    """Return how many there are of the last seven days, at most MOST_COUNTED."""
    return int(await db.screens.fetchval(COUNT, workspace_id, now - RECENT))


async def causes(db: Database, workspace_id: UUID) -> dict[str, str]:
    """Return the error codes among the latest failures, each with what the platform last said about it."""
    rows = await db.screens.fetch(CAUSES, workspace_id)
    return {row["error_code"]: row["error_text"] for row in rows}
