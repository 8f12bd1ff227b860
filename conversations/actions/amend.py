"""Changes to messages already received: unsent, edited, reacted to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from conversations.actions.receive import UNSENT, Handled, Received
from conversations.bounds import EMOJI
from conversations.channel import Kind
from runtime.database import Connection
from runtime.ids import uuid7
from runtime.live import Change, publish

KINDS = frozenset({Kind.UNSEND, Kind.EDIT, Kind.REACTION})

UNSEND = """
UPDATE message m SET unsent_at = u.at, text = '', content = NULL
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS u (a, x, at)
WHERE m.account_id = u.a AND m.external_id = u.x AND m.unsent_at IS NULL
RETURNING m.workspace_id, m.conversation_id, m.id
"""
# The list of conversations must not go on showing the words either.
HIDE_PREVIEW = """
UPDATE conversation c SET last_text = $3, version = c.version + 1
FROM message m JOIN unnest($1::uuid[], $2::text[]) AS u (a, x) ON m.account_id = u.a AND m.external_id = u.x
WHERE c.id = m.conversation_id AND m.unsent_at IS NULL
  AND c.last_text = coalesce(nullif(left(m.text, 200), ''), '[' || m.kind || ']')
"""
# The unsend came before its message: remember it, so that the message is hidden when it arrives.
TOMBSTONES = """
INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, kind, external_id,
  provider_at, received_at, unsent_at)
SELECT id, w, c, a, 'in', 'contact', 'unsend', x, at, arrived, at
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[])
  AS u (id, w, c, a, x, at, arrived)
WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.account_id = u.a AND m.external_id = u.x)
"""
# A file that is kept already waits once more: for whoever fetches files, to throw it away.
FORGET_ATTACHMENTS = """
UPDATE attachment SET source = '{}', name = '', tries = 0, next_try_at = $2,
  state = CASE WHEN storage_key = '' THEN 'skipped' ELSE 'waiting' END
WHERE message_id = ANY ($1::uuid[])
"""
# Edits may arrive out of order: the latest one by the platform's time stands. The words before it, at most
# twenty of them, are kept with the message's facts, which go when it is unsent.
EDIT = """
UPDATE message m SET text = u.txt, edited_at = u.at, content = CASE WHEN m.text = u.txt THEN m.content ELSE
  CASE WHEN jsonb_typeof(m.content) = 'object' THEN m.content ELSE '{}' END || jsonb_build_object('earlier',
    CASE WHEN m.content -> 'earlier' -> 19 IS NULL THEN coalesce(m.content -> 'earlier', '[]')
      ELSE (m.content -> 'earlier') - 0 END
    || jsonb_build_object('text', m.text, 'at', coalesce(m.edited_at, m.provider_at))) END
FROM (SELECT DISTINCT ON (a, x) *
      FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[]) AS v (a, x, at, txt)
      ORDER BY a, x, at DESC) u
WHERE m.account_id = u.a AND m.external_id = u.x AND m.unsent_at IS NULL
  AND (m.edited_at IS NULL OR m.edited_at < u.at)
RETURNING m.workspace_id, m.conversation_id, m.id
"""
# A reaction may be on a message of ours, whose platform id stands on its delivery.
REACT = """
WITH u AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::bool[])
             AS v (a, x, at, actor, emoji, gone)),
  target AS (SELECT u.*, coalesce((SELECT id FROM message m WHERE m.account_id = u.a AND m.external_id = u.x LIMIT 1),
    (SELECT message_id FROM delivery d WHERE d.account_id = u.a AND d.external_id = u.x LIMIT 1)) AS message FROM u),
  gone AS (DELETE FROM reaction r USING target t WHERE t.gone AND r.message_id = t.message AND r.actor = t.actor),
  put AS (INSERT INTO reaction (message_id, actor, emoji, at)
    SELECT message, actor, emoji, at FROM target WHERE NOT gone AND message IS NOT NULL
    ON CONFLICT (message_id, actor) DO UPDATE SET emoji = excluded.emoji, at = excluded.at)
SELECT m.workspace_id, m.conversation_id, m.id FROM target t JOIN message m ON m.id = t.message
"""


async def amend(tx: Connection, handled: Sequence[Handled], now: datetime) -> None:
    """Apply the unsends, edits and reactions of a wave. An unsend may come before its message; edits and
    reactions of unknown messages change nothing.
    """
    wave = [one.event for one in handled]
    await _bury(tx, [one for one in handled if one.event.inbound.kind is Kind.UNSEND])
    rows = [
        *await _unsend(tx, [e for e in wave if e.inbound.kind is Kind.UNSEND], now),
        *await _edit(tx, [e for e in wave if e.inbound.kind is Kind.EDIT]),
        *await _react(tx, [e for e in wave if e.inbound.kind is Kind.REACTION]),
    ]
    changes = [
        Change(row["workspace_id"], "message", row["conversation_id"], {"message": str(row["id"])})
        for row in rows
    ]
    await publish(tx, changes, now)


async def _bury(tx: Connection, handled: Sequence[Handled]) -> None:
    if not handled:
        return
    await tx.execute(
        TOMBSTONES,
        [uuid7() for _ in handled],
        [one.workspace_id for one in handled],
        [one.conversation_id for one in handled],
        [one.event.account.id for one in handled],
        [one.event.inbound.target_message_id or "" for one in handled],
        [one.event.at for one in handled],
        [one.event.received_at for one in handled],
    )


async def _unsend(tx: Connection, events: Sequence[Received], now: datetime) -> list[Connection]:
    if not events:
        return []
    accounts, targets, _ = _targets(events)
    await tx.execute(HIDE_PREVIEW, accounts, targets, UNSENT)
    rows = await tx.fetch(UNSEND, *_targets(events))
    await tx.execute(FORGET_ATTACHMENTS, [row["id"] for row in rows], now)
    return list(rows)


async def _edit(tx: Connection, events: Sequence[Received]) -> list[Connection]:
    if not events:
        return []
    return list(await tx.fetch(EDIT, *_targets(events), [e.inbound.text or "" for e in events]))


async def _react(tx: Connection, events: Sequence[Received]) -> list[Connection]:
    if not events:
        return []
    rows = await tx.fetch(
        REACT,
        *_targets(events),
        [e.inbound.contact_external_id or "" for e in events],
        [(e.inbound.emoji or "")[:EMOJI] for e in events],
        [e.inbound.action == "unreact" for e in events],
    )
    return list(rows)


def _targets(events: Sequence[Received]) -> tuple[list[object], list[object], list[object]]:
    return (
        [e.account.id for e in events],
        [e.inbound.target_message_id for e in events],
        [e.at for e in events],
    )
