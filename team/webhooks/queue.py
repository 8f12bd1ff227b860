"""The queue of events for addresses: put in behind the feed, leased by one sender at a time, settled.

An address has one sender at a time, so its events arrive in the order they happened. The first one waiting
is tried until it has failed BLOCKING times; then those behind it go on, and it is tried beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection
from runtime.ids import uuid7
from runtime.live import Change, publish
from team.audit import Entry, record
from team.webhooks.kinds import Kind

WAITING, DELIVERED, GIVEN_UP = 0, 1, 2
BLOCKING = 6
# So many addresses of one workspace are called at a time: theirs may hang, and others wait for a sender.
OF_ONE = 4
# An event that nobody took within this is given up; it can still be sent again by hand.
LIFE = timedelta(hours=24)

ACTIVE = "SELECT id, workspace_id, kinds FROM webhook WHERE state <> 'paused' ORDER BY id"
PUT = """
INSERT INTO webhook_event (id, webhook_id, event_id, kind, key, body, state, attempts, created_at, give_up_at)
SELECT id, w, e, k, key, body, 0, 0, $1, $2
FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[]) WITH ORDINALITY
  AS u (id, w, e, k, key, body, n)
WHERE EXISTS (SELECT 1 FROM webhook h WHERE h.id = u.w)
ORDER BY n ON CONFLICT (webhook_id, key) DO NOTHING RETURNING webhook_id
"""
DUE = "UPDATE webhook SET due_at = $2 WHERE id = ANY ($1::uuid[]) AND due_at > $2"
# The lease is by the database's clock, which all processes share.
LEASE = """
WITH busy AS (
  SELECT workspace_id, count(*) AS n FROM webhook WHERE lease_until >= clock_timestamp() GROUP BY workspace_id
), due AS (
  SELECT h.id, coalesce(b.n, 0) + row_number() OVER (PARTITION BY h.workspace_id ORDER BY h.due_at, h.id) AS slot
  FROM webhook h LEFT JOIN busy b ON b.workspace_id = h.workspace_id
  WHERE h.state <> 'paused' AND h.due_at <= $1 AND (h.lease_until IS NULL OR h.lease_until < clock_timestamp())
    AND EXISTS (SELECT 1 FROM webhook_event e WHERE e.webhook_id = h.id AND e.state = 0)
), free AS (
  SELECT h.id FROM webhook h JOIN due d ON d.id = h.id AND d.slot <= $4
  WHERE h.state <> 'paused' AND h.due_at <= $1 AND (h.lease_until IS NULL OR h.lease_until < clock_timestamp())
  ORDER BY h.due_at, h.id LIMIT $2 FOR NO KEY UPDATE OF h SKIP LOCKED
)
UPDATE webhook h SET lease_until = clock_timestamp() + $3::interval, epoch = h.epoch + 1 FROM free
WHERE h.id = free.id RETURNING h.id, h.epoch, h.url, h.secret, h.old_secret, h.old_secret_until
"""
HEAD = """
SELECT id, event_id, kind, body, attempts, give_up_at, next_try_at FROM webhook_event
WHERE webhook_id = $1 AND state = 0 AND (attempts < $3 OR next_try_at IS NULL OR next_try_at <= $2)
ORDER BY seq LIMIT 1
"""
NEXT_LATE = "SELECT min(next_try_at) FROM webhook_event WHERE webhook_id = $1 AND state = 0"
OLD = """
UPDATE webhook_event SET state = 2, next_try_at = NULL WHERE webhook_id = $1 AND state = 0 AND give_up_at <= $2
"""
HOLD = """
SELECT workspace_id, name, state, state_reason, failures, failing_since FROM webhook
WHERE id = $1 AND epoch = $2 AND lease_until IS NOT NULL FOR NO KEY UPDATE
"""
# An event erased while it was under way is not told again, and nothing of its answer is kept.
EVENT = """
UPDATE webhook_event SET state = CASE WHEN body = '{}' AND $2 = 0 THEN 2 ELSE $2 END, attempts = attempts + 1,
  next_try_at = CASE WHEN body <> '{}' THEN $3::timestamptz END
WHERE id = $1 RETURNING body = '{}' AS erased
"""
TRIED = """
INSERT INTO webhook_attempt (event_id, at, duration_ms, status, error, excerpt) VALUES ($1, $2, $3, $4, $5, $6)
"""
ADDRESS = """
UPDATE webhook SET state = $2, state_reason = $3, failures = $4, failing_since = $5, due_at = $6, lease_until = NULL
WHERE id = $1
"""
RELEASE = "UPDATE webhook SET lease_until = NULL, due_at = $3 WHERE id = $1 AND epoch = $2"


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a workspace, to be told to every address that asked for its kind by `since`.

    `key` names it: the same event put in twice stays one. `body` is the frozen JSON.
    """

    workspace_id: UUID
    kind: str
    key: str
    event_id: UUID
    body: str
    since: datetime


class Address(msgspec.Struct, frozen=True):
    """An address that is told something; `kinds` as in the table."""

    id: UUID
    workspace_id: UUID
    kinds: Mapping[str, str]

    def wants(self, one: Happened) -> bool:
        """Say whether it asked for this kind before the event's beginning."""
        since = self.kinds.get(one.kind)
        mine = self.workspace_id == one.workspace_id
        return mine and since is not None and one.since >= datetime.fromisoformat(since)


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """An event to send now: where, signed with what (encrypted), and the epoch that settling needs."""

    webhook_id: UUID
    epoch: int
    url: str
    secrets: Sequence[bytes]
    id: UUID
    event_id: UUID
    kind: str
    body: str
    attempts: int


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """How a try went. `status` None: no answer, and `error` says why."""

    at: datetime
    duration_ms: int
    status: int | None = None
    error: str = ""
    excerpt: str = ""

    @property
    def ok(self) -> bool:
        """Whether the address took the event: 2xx and nothing else."""
        return self.status is not None and 200 <= self.status < 300


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """When an address counts as failing, and when it is paused by us."""

    failing_after: int = 5
    pause_after: timedelta = timedelta(hours=24)
    pause_failures: int = 10


async def addresses(tx: Connection) -> Sequence[Address]:
    """Return every address that is told something, of all workspaces."""
    return [Address(*record) for record in await tx.fetch(ACTIVE)]


async def put(
    tx: Connection, told: Sequence[Address], happened: Sequence[Happened], now: datetime
) -> int:
    """Queue events for the addresses that want them; returns how many were new."""
    pairs = [(one, address) for one in happened for address in told if address.wants(one)]
    if not pairs:
        return 0
    fresh = await tx.fetch(
        PUT,
        now,
        now + LIFE,
        [uuid7() for _ in pairs],
        [address.id for _, address in pairs],
        [one.event_id for one, _ in pairs],
        [one.kind for one, _ in pairs],
        [one.key for one, _ in pairs],
        [one.body for one, _ in pairs],
    )
    await tx.execute(DUE, sorted({row["webhook_id"] for row in fresh}), now)
    return len(fresh)


async def lease(tx: Connection, now: datetime, limit: int, span: timedelta) -> list[Lease]:
    """Take up to `limit` addresses with something due (OF_ONE of a workspace, with those being called), each
    with its next event; nobody else gets them.
    """
    found: list[Lease] = []
    for row in await tx.fetch(LEASE, now, limit, span, OF_ONE):
        await tx.execute(OLD, row["id"], now)
        head = await tx.fetchrow(HEAD, row["id"], now, BLOCKING)
        if head is None or (head["next_try_at"] or now) > now:
            later = head["next_try_at"] if head else await tx.fetchval(NEXT_LATE, row["id"])
            await tx.execute(RELEASE, row["id"], row["epoch"], later or now)
        else:
            found.append(_lease(row, head, now))
    return found


def _lease(row: Any, head: Any, now: datetime) -> Lease:  # noqa: ANN401 (database records)
    old = row["old_secret"] if (row["old_secret_until"] or now) > now else None
    return Lease(
        webhook_id=row["id"],
        epoch=row["epoch"],
        url=row["url"],
        secrets=[row["secret"], *([old] if old else [])],
        id=head["id"],
        event_id=head["event_id"],
        kind=head["kind"],
        body=head["body"],
        attempts=head["attempts"],
    )


async def settle(
    tx: Connection, done: Lease, tried: Tried, again_at: datetime, patience: Patience
) -> bool:
    """Write down how a try went and give the address back; False when the lease went to somebody else.

    A failed event is tried again at `again_at`, unless its time is over. Too many failures turn the address
    failing, and after a day of them paused: both are told to the screens, the pause to the audit log too.
    """
    now = tried.at
    held = await tx.fetchrow(HOLD, done.webhook_id, done.epoch)
    if held is None:
        return False
    await _settle_event(tx, done.id, tried, again_at)
    failures = 0 if tried.ok else held["failures"] + 1
    since = None if tried.ok else held["failing_since"] or now
    state = _state(held["state"], failures, now - (since or now), patience)
    paused_now = state == "paused" and held["state"] != "paused"
    reason = "failures" if paused_now else held["state_reason"]
    # One that fails rests as long as its event: the others behind it would fail as well.
    due = now if tried.ok or done.attempts + 1 >= BLOCKING else again_at
    await tx.execute(ADDRESS, done.webhook_id, state, reason, failures, since, due)
    if state != held["state"]:
        await _tell(tx, held, state, now)
    # What goes well without further ado is no news to a screen: it would double the feed.
    if state != held["state"] or not tried.ok or done.attempts or done.kind == Kind.TEST:
        change = Change(held["workspace_id"], "webhook", done.webhook_id, {"state": state})
        await publish(tx, [change], now)
    return True


async def _settle_event(tx: Connection, event_id: UUID, tried: Tried, again_at: datetime) -> None:
    state, again = (DELIVERED, None) if tried.ok else (WAITING, again_at)
    erased = await tx.fetchval(EVENT, event_id, state, again)
    if erased is None:
        return
    excerpt = "" if erased else tried.excerpt[:1000]
    how = (tried.duration_ms, tried.status, tried.error[:40], excerpt)
    await tx.execute(TRIED, event_id, tried.at, *how)


def _state(before: str, failures: int, failing: timedelta, patience: Patience) -> str:
    if before == "paused":
        return before
    if failing >= patience.pause_after and failures >= patience.pause_failures:
        return "paused"
    return "failing" if failures >= patience.failing_after else "active"


async def _tell(tx: Connection, held: Any, state: str, now: datetime) -> None:  # noqa: ANN401 (a record)
    action = {
        "failing": "webhook.failing",
        "paused": "webhook.paused",
        "active": "webhook.recovered",
    }[state]
    detail = {"because": "failures"} if state == "paused" else {}
    entry = Entry(
        workspace_id=held["workspace_id"], action=action, subject=held["name"], detail=detail
    )
    await record(tx, entry, now)
