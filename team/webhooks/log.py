"""What the pages of webhooks show: the addresses, and what became of each event; and sending one again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool
from runtime.errors import NotFound
from runtime.live import Change, publish
from team.audit import Entry, record
from team.webhooks.manage import Which
from team.webhooks.queue import LIFE

PAGE = 25
COLUMNS = """
h.id, h.name, h.url, h.kinds, h.state, h.state_reason, h.failures, h.failing_since, h.old_secret_until, h.created_at
"""
LIST = f"""
SELECT {COLUMNS}, (SELECT count(*) FROM (SELECT 1 FROM webhook_event e WHERE e.webhook_id = h.id AND e.state = 0
  LIMIT 1000) w) AS waiting
FROM webhook h WHERE h.workspace_id = $1 AND ($2::uuid IS NULL OR h.id = $2) ORDER BY lower(h.name), h.id
"""  # noqa: S608 (constants)
TROUBLED = "SELECT count(*) FROM webhook WHERE workspace_id = $1 AND (state = 'failing' OR state_reason = 'failures')"
EVENTS = """
SELECT e.id, e.event_id, e.kind, e.state, e.attempts, e.created_at, e.next_try_at, e.body
FROM webhook_event e JOIN webhook h ON h.id = e.webhook_id
WHERE h.workspace_id = $1 AND e.webhook_id = $2 AND ($3::int IS NULL OR e.state = $3)
  AND ($4::timestamptz IS NULL OR (e.created_at, e.id) < ($4, $5::uuid))
ORDER BY e.created_at DESC, e.id DESC LIMIT $6
"""
ATTEMPTS = """
SELECT event_id, at, duration_ms, status, error, excerpt FROM webhook_attempt
WHERE event_id = ANY ($1::uuid[]) ORDER BY id
"""
PLACE = "SELECT created_at FROM webhook_event WHERE id = $1 AND webhook_id = $2"
AGAIN = """
UPDATE webhook_event e SET state = 0, attempts = 0, next_try_at = NULL, give_up_at = $4 FROM webhook h
WHERE h.id = e.webhook_id AND h.workspace_id = $1 AND h.id = $2 AND e.id = $3 AND e.body <> '{}'
RETURNING e.kind, e.event_id, h.name
"""
DUE = "UPDATE webhook SET due_at = $2 WHERE id = $1"
TIDY = """
WITH gone AS (DELETE FROM webhook_event WHERE id IN (
  SELECT id FROM webhook_event WHERE created_at < $1 AND (state <> 0 OR give_up_at < $1)
  ORDER BY created_at LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""


class Hook(msgspec.Struct, frozen=True, kw_only=True):
    """An address as an admin sees it; `waiting` counts to 1,000 at most."""

    id: UUID
    name: str
    url: str
    kinds: Mapping[str, str]
    state: str
    state_reason: str
    failures: int
    failing_since: datetime | None
    old_secret_until: datetime | None
    created_at: datetime
    waiting: int


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try of an event."""

    event_id: UUID
    at: datetime
    duration_ms: int
    status: int | None
    error: str
    excerpt: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One event of the log, with its tries, the first one first. `state` as in the table."""

    id: UUID
    event_id: UUID
    kind: str
    state: int
    attempts: int
    created_at: datetime
    next_try_at: datetime | None
    body: str
    tries: Sequence[Attempt]


class LogPage(msgspec.Struct, frozen=True):
    """A page of the log, newest first; `older`: there are more behind it."""

    rows: Sequence[Told]
    older: bool


async def hooks(db: Connection | Pool, workspace_id: UUID) -> Sequence[Hook]:
    """List a workspace's addresses by name."""
    return [Hook(**dict(row)) for row in await db.fetch(LIST, workspace_id, None)]


async def hook(db: Connection | Pool, workspace_id: UUID, webhook_id: UUID) -> Hook:
    """Return one address; raises NotFound."""
    row = await db.fetchrow(LIST, workspace_id, webhook_id)
    if row is None:
        raise NotFound("There is no such address")
    return Hook(**dict(row))


async def troubled(db: Connection | Pool, workspace_id: UUID) -> int:
    """Count the addresses that fail, or that were paused for it."""
    return int(await db.fetchval(TROUBLED, workspace_id))


async def log_page(
    db: Pool,
    key: tuple[UUID, UUID],
    *,
    state: int | None = None,
    after: UUID | None = None,
    size: int = PAGE,
) -> LogPage:
    """Return events of the address `key` (workspace, address), older than the event `after` when given."""
    at = await db.fetchval(PLACE, after, key[1]) if after else None
    place: tuple[Any, ...] = (at, after) if at else (None, None)
    rows = await db.fetch(EVENTS, *key, state, *place, size + 1)
    tries: dict[UUID, list[Attempt]] = {}
    for row in await db.fetch(ATTEMPTS, [row["id"] for row in rows[:size]]):
        tries.setdefault(row["event_id"], []).append(Attempt(**dict(row)))
    told = [Told(**dict(row), tries=tries.get(row["id"], ())) for row in rows[:size]]
    return LogPage(told, older=len(rows) > size)


async def send_again(tx: Connection, which: Which, event_id: UUID, now: datetime) -> None:
    """Queue one event of the log anew, with the body and the id it had; raises NotFound, also when its
    body was erased with the customer it told of.
    """
    row = await tx.fetchrow(AGAIN, which.workspace_id, which.id, event_id, now + LIFE)
    if row is None:
        raise NotFound("There is no such event")
    await tx.execute(DUE, which.id, now)
    entry = Entry(
        workspace_id=which.workspace_id,
        member_id=which.by,
        action="webhook.sent_again",
        subject=row["name"],
        detail={"event": str(row["event_id"]), "kind": row["kind"]},
    )
    await record(tx, entry, now)
    await publish(tx, [Change(which.workspace_id, "webhook", which.id)], now)


async def tidy(pool: Pool, before: datetime, step: int) -> int:
    """Delete up to `step` settled events that are older than `before`, with their tries; returns how many."""
    return int(await pool.fetchval(TIDY, before, step))
