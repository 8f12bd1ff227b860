"""The outbox: choose what is due, commit an attempt before its call, lease what must be settled.

Within a conversation the head blocks: agent and bot rows form one order by id, broadcasts another. Every
statement here works on many conversations at once; locks are taken with SKIP LOCKED, so that several
processes share the work. A conversation's rows are begun only by whoever holds its head's row lock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from conversations.content import Content
from runtime.arrays import FEW, beside
from runtime.database import Connection, Pool

QUEUED, SENDING, SETTLING = 0, 1, 2
BOT, BROADCAST = "bot", "broadcast"
QUEUES = ("agent", BOT, BROADCAST)

# A row without content says all that its message does.
_COLUMNS = """
  o.id, o.delivery_id, o.conversation_id, o.account_id, o.queue,
  coalesce(o.content, (SELECT m.content FROM message m
    WHERE m.id = (SELECT d.message_id FROM delivery d WHERE d.id = o.delivery_id)))::text AS content,
  o.address, o.sender_name,
  o.human, o.state, o.attempts, o.epoch, o.method, o.retry_key, o.reply_token, o.reply_token_at,
  o.not_before, o.deadline, o.attempted_at, o.request_id
"""
# Heads, the rows behind them where a call takes several ($7), and their conversations: those whose free reply
# may be used ($6) locked, unless somebody is writing to them now; the outbox rows are locked already, so
# waiting could deadlock. (IS TRUE, + 0: rows of a conversation, rather than those beside it in the order of all.)
POP = f"""
WITH heads AS (
  SELECT o.* FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS a (account, room, n)
  CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM outbox o
    WHERE o.account_id = a.account AND o.queue = $3 AND o.state = 0 AND o.not_before <= $4
      AND (SELECT true FROM outbox e WHERE e.conversation_id = o.conversation_id AND (e.id < o.id) IS TRUE
           AND (e.queue = 'broadcast') = ($3 = 'broadcast') LIMIT 1) IS NULL
    ORDER BY o.not_before, o.id LIMIT a.room FOR UPDATE SKIP LOCKED
  ) o
  ORDER BY a.n LIMIT $5
), locked AS (
  SELECT c.id, c.customer_at, c.reply_token, c.reply_token_at FROM conversation c
  WHERE c.id = ANY (ARRAY(SELECT conversation_id FROM heads WHERE account_id = ANY ($6::uuid[])))
  ORDER BY c.id FOR NO KEY UPDATE SKIP LOCKED
), free AS (
  SELECT c.id, c.customer_at, c.reply_token, c.reply_token_at FROM conversation c
  WHERE c.id = ANY (ARRAY(SELECT conversation_id FROM heads WHERE account_id <> ALL ($6::uuid[])))
), behind AS (
  SELECT o.* FROM heads h CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM outbox o
    WHERE o.conversation_id = h.conversation_id AND (o.id > h.id) IS TRUE
      AND (o.queue = 'broadcast') = ($3 = 'broadcast') AND h.account_id = ANY ($7::uuid[])
    ORDER BY o.id + 0 LIMIT $8
  ) o
)
SELECT h.*, t.id, t.customer_at, t.reply_token, t.reply_token_at, true FROM heads h
LEFT JOIN (SELECT * FROM locked UNION ALL SELECT * FROM free) t ON t.id = h.conversation_id
UNION ALL SELECT b.*, NULL, NULL, NULL, NULL, false FROM behind b
"""  # noqa: S608 (constants)
TAKE_TOKENS = """
UPDATE conversation SET reply_token = '', reply_token_at = NULL WHERE id = ANY ($1::uuid[])
"""
BEGIN = """
UPDATE outbox o SET state = 1, attempts = o.attempts + 1, epoch = o.epoch + 1, attempted_at = $1,
  lease_until = clock_timestamp() + $2::interval,
  (method, retry_key, reply_token, reply_token_at) = (
    SELECT ($4::text[])[place], ($5::uuid[])[place], ($6::text[])[place], ($7::timestamptz[])[place]
    FROM (SELECT array_position($3::bigint[], o.id) AS place OFFSET 0) u)
WHERE o.id = ANY ($3) AND (o.state = 0) IS TRUE RETURNING o.id
"""
RELEASE = f"""
UPDATE outbox o SET state = 0, epoch = o.epoch + 1, attempts = o.attempts - 1, lease_until = NULL
WHERE o.id = ANY ($1) AND o.epoch = {beside("o.id", "$1::bigint[]", "$2::int[]")} AND (o.state = 1) IS TRUE
"""  # noqa: S608 (constants)
_IS_UNSETTLED = """
o.state <> 0 AND (o.lease_until IS NULL OR o.lease_until < clock_timestamp()) AND (o.state = 1 OR o.not_before <= $1)
"""
UNSETTLED = f"""
SELECT o.conversation_id, o.retry_key FROM outbox o WHERE {_IS_UNSETTLED}
ORDER BY o.id LIMIT $2 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 (constants)
# Whether a row is the head of its conversation is left to POP: what is due is mostly one.
LOOK = f"""
SELECT ARRAY(SELECT q FROM unnest($4::text[]) AS q WHERE EXISTS (
    SELECT 1 FROM unnest($3::uuid[]) AS a (account) CROSS JOIN LATERAL (
      SELECT 1 FROM outbox o
      WHERE o.account_id = a.account AND o.queue = q AND o.state = 0 AND o.not_before <= $1 LIMIT 1
    ) o)),
  EXISTS (SELECT 1 FROM outbox o WHERE {_IS_UNSETTLED}),
  EXISTS (SELECT 1 FROM outbox WHERE state <> 0 AND attempted_at < $2)
"""  # noqa: S608 (constants)
LEASE = f"""
UPDATE outbox o SET state = 2, epoch = o.epoch + 1, lease_until = clock_timestamp() + $3::interval
WHERE o.conversation_id = ANY ($1) AND (o.state <> 0) IS TRUE
  AND ((o.conversation_id, o.retry_key) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))) IS TRUE
RETURNING {_COLUMNS}
"""  # noqa: S608 (constants)
SHOW_SLOW = f"""
WITH slow AS MATERIALIZED (
  SELECT delivery_id, method, attempts FROM outbox WHERE state <> 0 AND attempted_at < $1
)
UPDATE delivery d SET state = 'sending', method = s.method, attempts = s.attempts FROM (SELECT * FROM slow {FEW}) s
WHERE d.id = s.delivery_id AND d.state = 'queued'
RETURNING d.message_id
"""  # noqa: S608 (constants)
UNPARK = """
UPDATE outbox SET not_before = $2 WHERE id = ANY (ARRAY(
  SELECT id FROM outbox WHERE account_id = ANY ($1::uuid[]) AND state = 0 AND not_before > $2 AND not_before <= $3
  ORDER BY id + 0 FOR UPDATE))
"""


class Row(msgspec.Struct, frozen=True):
    """A row of the outbox; `content` is its stored JSON. After `begin` or `lease`, `epoch` is the lease's."""

    id: int
    delivery_id: UUID
    conversation_id: UUID
    account_id: UUID
    queue: str
    content: str
    address: str
    sender_name: str
    human: bool
    state: int
    attempts: int
    epoch: int
    method: str
    retry_key: UUID
    reply_token: str
    reply_token_at: datetime | None
    not_before: datetime
    deadline: datetime
    attempted_at: datetime | None
    request_id: str


class Talk(msgspec.Struct, frozen=True):
    """What a send needs to know of its conversation."""

    id: UUID
    customer_at: datetime | None
    reply_token: str
    reply_token_at: datetime | None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One call about to be made: its rows in order, by a reply or a push.

    `taken` says that the reply token comes from the conversation, which loses it. `contents`: those of the rows,
    where they are known decoded.
    """

    rows: tuple[Row, ...]
    method: str
    retry_key: UUID
    human_agent: bool = False
    reply_token: str = ""
    reply_token_at: datetime | None = None
    taken: bool = False
    contents: tuple[Content, ...] = ()


class Due(msgspec.Struct, frozen=True):
    """What may be begun now: heads (in the accounts' order), the rows behind each, and their conversations,
    both by conversation. A conversation that somebody is writing to now is left out.
    """

    heads: list[Row] = []
    behind: dict[UUID, list[Row]] = {}
    talks: dict[UUID, Talk] = {}


class Seen(msgspec.Struct, frozen=True):
    """What there is to do: `queues` with rows that are due, calls to be settled, calls that take long."""

    queues: Sequence[str]
    unsettled: bool
    slow: bool


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """Whose rows are asked for: at most `rooms[account]` heads of an account. `tokens`: accounts with free
    replies; `joining`: those whose calls take several messages, up to `joined` of them.
    """

    queue: str
    rooms: Mapping[UUID, int]
    limit: int
    tokens: Collection[UUID] = ()
    joining: Collection[UUID] = ()
    joined: int = 1


async def look(
    connection: Connection | Pool, accounts: Sequence[UUID], now: datetime, slow_before: datetime
) -> Seen:
    """Return what is worth a transaction now; it may be gone by then, or be another's."""
    return Seen(*await connection.fetchrow(LOOK, now, slow_before, accounts, QUEUES))


async def pop(tx: Connection, ask: Ask, now: datetime) -> Due:
    """Lock and return what is due."""
    due = Due([], {}, {})
    if not ask.rooms or ask.limit <= 0:
        return due
    records = await tx.fetch(
        POP,
        list(ask.rooms),
        list(ask.rooms.values()),
        ask.queue,
        now,
        ask.limit,
        list(ask.tokens),
        list(ask.joining),
        ask.joined - 1,
    )
    for record in records:
        *row, talk, customer_at, token, token_at, head = record
        if not head:
            due.behind.setdefault(record["conversation_id"], []).append(Row(*row))
            continue
        due.heads.append(Row(*row))
        if talk is not None:
            due.talks[talk] = Talk(talk, customer_at, token, token_at)
    for rows in due.behind.values():
        rows.sort(key=lambda row: row.id)
    return due


async def begin(
    tx: Connection, attempts: Sequence[Attempt], now: datetime, lease: timedelta
) -> list[Attempt]:
    """Write that these calls are about to be made and return them with their new epochs.

    Commit before calling. The lease ends by the database's clock.
    """
    if not attempts:
        return []
    pairs = [(row, attempt) for attempt in attempts for row in attempt.rows]
    records = await tx.fetch(
        BEGIN,
        now,
        lease,
        [row.id for row, _ in pairs],
        [attempt.method for _, attempt in pairs],
        [attempt.retry_key for _, attempt in pairs],
        [attempt.reply_token for _, attempt in pairs],
        [attempt.reply_token_at for _, attempt in pairs],
    )
    taken = [attempt.rows[0].conversation_id for attempt in attempts if attempt.taken]
    if taken:
        await tx.execute(TAKE_TOKENS, sorted(taken))
    # Only heads are locked: a row behind one may have been cancelled since it was read.
    stands = {record["id"] for record in records}
    return [_begun(attempt, now, stands) for attempt in attempts]


def _begun(attempt: Attempt, now: datetime, stands: AbstractSet[int]) -> Attempt:
    rows = tuple(
        msgspec.structs.replace(
            row,
            state=SENDING,
            epoch=row.epoch + 1,
            attempts=row.attempts + 1,
            method=attempt.method,
            retry_key=attempt.retry_key,
            reply_token=attempt.reply_token,
            reply_token_at=attempt.reply_token_at,
            attempted_at=now,
        )
        for row in attempt.rows
        if row.id in stands
    )
    return msgspec.structs.replace(attempt, rows=rows)


async def release(tx: Connection, attempts: Sequence[Attempt]) -> None:
    """Give back attempts that were begun but never called."""
    rows = [row for attempt in attempts for row in attempt.rows]
    await tx.execute(RELEASE, [row.id for row in rows], [row.epoch for row in rows])


async def unpark(
    connection: Connection, accounts: Sequence[UUID], now: datetime, within: timedelta
) -> None:
    """Make queued rows of `accounts` that wait no longer than `within` due now."""
    if accounts:
        await connection.execute(UNPARK, accounts, now, now + within)


async def lease_unsettled(
    tx: Connection, now: datetime, lease: timedelta, limit: int
) -> list[Attempt]:
    """Lease calls whose outcome is unknown and due for another look, those of dead processes included."""
    due = await tx.fetch(UNSETTLED, now, limit)
    keys = sorted({(record["conversation_id"], record["retry_key"]) for record in due})
    if not keys:
        return []
    records = await tx.fetch(LEASE, [c for c, _ in keys], [k for _, k in keys], lease)
    calls: dict[Any, list[Row]] = {}
    for record in records:
        row = Row(*record)
        calls.setdefault((row.conversation_id, row.retry_key), []).append(row)
    return [_leased(sorted(rows, key=lambda row: row.id)) for rows in calls.values()]


def _leased(rows: Sequence[Row]) -> Attempt:
    head = rows[0]
    return Attempt(
        rows=tuple(rows),
        method=head.method,
        retry_key=head.retry_key,
        reply_token=head.reply_token,
        reply_token_at=head.reply_token_at,
    )


async def show_slow(tx: Connection, before: datetime) -> list[UUID]:
    """Mark deliveries whose call began before `before` as sending; returns their messages.

    A call mostly ends within milliseconds, so the state people see is written only for the slow ones;
    what a crash needs stands on the outbox row from the start.
    """
    return list({record["message_id"] for record in await tx.fetch(SHOW_SLOW, before)})
