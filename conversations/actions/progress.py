"""Carry a platform's receipts, callbacks and echoes to deliveries and messages. States only move forward.

Runs in a block's transaction, set-based. Locks: conversations (for foreign echoes), then outbox rows,
then deliveries, then messages: the order in which the deliverer takes them too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from conversations import evidence as told
from conversations.actions.account_state import mark_unreachable
from conversations.actions.store_echoes import store_echoes
from conversations.bounds import message_id
from conversations.channel import Account, Channel, Inbound, Kind
from conversations.evidence import Evidence, Watermark
from conversations.outcomes import OnMessages, OutgoingMessage, changes_of, nobody, summarise
from runtime.arrays import FEW
from runtime.database import Connection
from runtime.live import Change
from runtime.words import mark

BY_NAME = """
SELECT u.n, d.id FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS u (account, delivery, x, n)
JOIN delivery d ON d.id = u.delivery AND (d.account_id = u.account) IS TRUE
UNION
SELECT u.n, d.id FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS u (account, delivery, x, n)
JOIN delivery d ON d.account_id = u.account AND d.external_id = u.x WHERE u.x <> ''
"""
# A watermark says nothing about a message whose acceptance is unproven, unless nothing else that was
# sent by then explains it.
BY_WATERMARK = f"""
SELECT u.n, d.id FROM (SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])
  WITH ORDINALITY AS u (account, contact, at, state, n) {FEW}) u
JOIN channel_identity i ON i.account_id = u.account AND i.external_id = u.contact
JOIN conversation c ON c.chat_key = 'c:' || coalesce(i.origin_id, i.contact_id)
  AND (c.account_id = u.account) IS TRUE
JOIN message n ON n.conversation_id = c.id AND n.provider_at <= u.at AND n.provider_at > u.at - interval '8 days'
JOIN delivery d ON d.message_id = n.id
LEFT JOIN LATERAL (SELECT state, attempted_at FROM outbox WHERE delivery_id = d.id LIMIT 1) o ON true
WHERE coalesce(d.sent_at, o.attempted_at) <= u.at AND (
  d.state = 'sent' OR d.state = 'delivered' AND u.state = 'read'
  OR u.state = 'delivered' AND (d.state = 'unknown' OR o.state <> 0)
    AND NOT EXISTS (SELECT 1 FROM message w JOIN delivery e ON e.message_id = w.id
      WHERE w.conversation_id = c.id AND w.provider_at <= u.at AND w.provider_at > u.at - interval '8 days'
        AND e.id <> d.id AND e.state IN ('sent', 'delivered', 'read')
        AND e.sent_at BETWEEN coalesce(d.sent_at, o.attempted_at) AND u.at)
    AND NOT EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id AND m.author = 'elsewhere'
      AND m.provider_at BETWEEN coalesce(d.sent_at, o.attempted_at) AND u.at))
"""  # noqa: S608 (constants)
LOCK_OUTBOX = (
    "SELECT id FROM outbox WHERE delivery_id = ANY ($1::uuid[]) ORDER BY id + 0 FOR UPDATE"
)
LOCK = "SELECT id FROM delivery WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE"
MOVE = """
UPDATE delivery d SET state = u.state, external_id = coalesce(d.external_id, nullif(u.x, '')),
  error_code = u.code, error_text = u.reason, sent_at = coalesce(d.sent_at, $1)
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[]) AS u (id, state, x, code, reason)
JOIN delivery b ON b.id = u.id
WHERE d.id = u.id AND CASE WHEN u.state = 'failed' THEN d.state IN ('queued', 'sending', 'unknown', 'sent')
  ELSE array_position(ARRAY['queued', 'sending', 'unknown', 'sent', 'delivered', 'read'], d.state::text)
     < array_position(ARRAY['queued', 'sending', 'unknown', 'sent', 'delivered', 'read'], u.state) END
RETURNING d.id, d.message_id, b.state AS was
"""
CLOSE = """
WITH gone AS (DELETE FROM outbox WHERE delivery_id = ANY ($1::uuid[])
  RETURNING delivery_id, method, attempts, attempted_at)
UPDATE delivery d SET method = g.method, attempts = g.attempts, sent_at = coalesce(g.attempted_at, d.sent_at)
FROM gone g WHERE d.id = g.delivery_id
"""
LATE = mark("%(reason)s (later reported as delivered)")
LATE_MARK = LATE.removeprefix("%(reason)s")
NOTE_LATE = """
UPDATE delivery SET error_text = left(error_text, 260) || $2
WHERE id = ANY ($1::uuid[]) AND state = 'failed' AND position($2 IN error_text) = 0
RETURNING message_id
"""


class Listeners(msgspec.Struct, frozen=True):
    """Who is told, in the same transaction, of messages that failed for good or reached the customer."""

    rejected: OnMessages = nobody
    delivered: OnMessages = nobody


async def apply(
    tx: Connection,
    events: Sequence[tuple[Account, Inbound]],
    channels: Mapping[str, Channel],
    now: datetime,
    listeners: Listeners | None = None,
) -> list[Change]:
    """Apply events of the kinds in `evidence.KINDS`, skipping others; returns what to publish.

    An echo of a message that is not ours becomes a message by `elsewhere` in its thread.
    """
    facts = [(pair, each) for pair in events for each in told.of(*pair, channels[pair[0].channel])]
    found = await _by_name(tx, [each for _, each in facts])
    ours = {n for n, _ in found}
    foreign = [
        pair
        for n, (pair, _) in enumerate(facts)
        if n not in ours and pair[1].kind is Kind.ECHO and pair[1].external_message_id
    ]
    changes = await store_echoes(tx, foreign, now)
    marks = [mark for pair in events if (mark := told.watermark(*pair)) is not None]
    pairs = [(delivery, facts[n][1]) for n, delivery in found]
    pairs += await _by_watermark(tx, marks)
    messages, settled = await _move(tx, told.strongest(pairs), now)
    await _tell(tx, messages, listeners or Listeners())
    return changes + changes_of(messages, settled)


async def _by_name(tx: Connection, facts: Sequence[Evidence]) -> list[tuple[int, UUID]]:
    if not facts:
        return []
    records = await tx.fetch(
        BY_NAME,
        [each.account_id for each in facts],
        [each.delivery_id for each in facts],
        [each.external_id for each in facts],
    )
    return [(record["n"] - 1, record["id"]) for record in records]


async def _by_watermark(tx: Connection, marks: Sequence[Watermark]) -> list[tuple[UUID, Evidence]]:
    if not marks:
        return []
    records = await tx.fetch(
        BY_WATERMARK,
        [mark.account_id for mark in marks],
        [mark.contact for mark in marks],
        [mark.at for mark in marks],
        [mark.state for mark in marks],
    )
    return [
        (
            record["id"],
            Evidence(
                account_id=marks[record["n"] - 1].account_id, state=marks[record["n"] - 1].state
            ),
        )
        for record in records
    ]


async def _move(
    tx: Connection, best: Mapping[UUID, Evidence], now: datetime
) -> tuple[list[OutgoingMessage], set[UUID]]:
    """Move deliveries forward and close their outbox rows. Returns the messages that changed, and which of them
    had parts whose fate was unknown until now.
    """
    if not best:
        return [], set()
    ids = sorted(best)
    await tx.execute(LOCK_OUTBOX, ids)
    await tx.execute(LOCK, ids)
    moved: list[Any] = await tx.fetch(
        MOVE,
        now,
        ids,
        [best[key].state for key in ids],
        [message_id(best[key].external_id) for key in ids],
        [best[key].code[:60] for key in ids],
        [best[key].text[:300] for key in ids],
    )
    await tx.execute(CLOSE, [record["id"] for record in moved])
    reached = [key for key in ids if best[key].state in {"delivered", "read"}]
    late = await tx.fetch(NOTE_LATE, reached, LATE_MARK) if reached else []
    blocked = [
        (best[record["id"]].account_id, best[record["id"]].unreachable)
        for record in moved
        if best[record["id"]].unreachable
    ]
    await mark_unreachable(tx, blocked)
    settled = {record["message_id"] for record in moved if record["was"] == "unknown"}
    return await summarise(tx, {record["message_id"] for record in [*moved, *late]}), settled


async def _tell(tx: Connection, messages: Sequence[OutgoingMessage], listeners: Listeners) -> None:
    lost = [message for message in messages if message.lost]
    if lost:
        await listeners.rejected(tx, lost)
    reached = [message for message in messages if message.state in {"delivered", "read"}]
    if reached:
        await listeners.delivered(tx, reached)
