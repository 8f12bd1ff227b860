"""The only writer of outgoing messages and of the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from conversations import content as contents
from conversations.channel import Channel, ContentRefused
from conversations.content import Content
from conversations.window import window
from runtime.database import Connection
from runtime.ids import uuid7
from runtime.live import Change, publish

AGENT_DEADLINE = timedelta(minutes=10)
BOT_DEADLINE = timedelta(hours=24)
PREVIEW = 200

TARGETS = """
SELECT c.id, c.workspace_id, c.account_id, c.address, c.customer_at, a.channel
FROM conversation c JOIN channel_account a ON a.id = c.account_id
WHERE c.id = ANY ($1::uuid[]) ORDER BY c.id FOR UPDATE OF c
"""
ADD_MESSAGES = """
INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, member_id, kind,
  text, content, state, error_code, error_text, claim_id, trigger, provider_at, received_at, request_id)
SELECT id, w, c, a, 'out', author, member, kind, txt, body::jsonb, state, code, reason, claim, why, $1, $1, request
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::uuid[], $8::text[], $9::text[],
  $10::text[], $11::text[], $12::text[], $13::text[], $14::uuid[], $15::text[], $16::text[])
  WITH ORDINALITY AS u (id, w, c, a, author, member, kind, txt, body, state, code, reason, claim, why, request, n)
ORDER BY n
"""
ADD_DELIVERIES = """
INSERT INTO delivery (id, message_id, conversation_id, account_id, position, created_at)
SELECT *, $1 FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::smallint[])
"""
ADD_OUTBOX = """
INSERT INTO outbox (delivery_id, conversation_id, account_id, queue, content, address, sender_name, human,
  retry_key, not_before, deadline, request_id)
SELECT d, c, a, q, body::jsonb, address, sender, human, gen_random_uuid(), $1, deadline, request
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bool[],
  $10::timestamptz[], $11::text[])
  WITH ORDINALITY AS u (d, c, a, q, body, address, sender, human, deadline, request, n)
ORDER BY n
"""
TOUCH = """
UPDATE conversation c SET last_text = u.txt, last_at = $1, version = version + 1
FROM (SELECT DISTINCT ON (id) id, txt FROM unnest($2::uuid[], $3::text[]) WITH ORDINALITY AS v (id, txt, n)
      ORDER BY id, n DESC) u
WHERE c.id = u.id
"""


class NewMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message to send. `queue`: agent, bot or broadcast; `author`: bot, member or system.

    `human` says that a person answers, which some platforms allow for longer than a bot.
    """

    conversation_id: UUID
    content: Content
    queue: str = "bot"
    author: str = "bot"
    member_id: UUID | None = None
    sender_name: str = ""
    human: bool = False
    claim_id: UUID | None = None
    trigger: str = ""
    request_id: str = ""
    id: UUID = msgspec.field(default_factory=uuid7)


class Refusal(msgspec.Struct, frozen=True):
    """Why a message could not even be queued; it is kept in the thread as failed."""

    code: str
    text: str


class _Part(msgspec.Struct):
    delivery_id: UUID
    message: NewMessage
    target: Any
    content: Content
    position: int
    deadline: datetime


async def post(
    tx: Connection, rows: Sequence[NewMessage], channels: Mapping[str, Channel], now: datetime
) -> dict[UUID, Refusal]:
    """Write messages, deliveries and outbox rows in the caller's transaction, locking conversations.

    Returns the refusals by message id: content the channel cannot send, or a closed window. Every
    row becomes a message in its thread either way. Wake the live feed after the commit.
    """
    if not rows:
        return {}
    targets = {
        t["id"]: t for t in await tx.fetch(TARGETS, sorted({r.conversation_id for r in rows}))
    }
    parts: list[_Part] = []
    refused: dict[UUID, Refusal] = {}
    for row in rows:
        target = targets[row.conversation_id]
        outcome = _cut(row, target, channels[target["channel"]], now)
        if isinstance(outcome, Refusal):
            refused[row.id] = outcome
        else:
            parts += outcome
    await _add_messages(tx, rows, targets, refused, now)
    await _add_parts(tx, parts, now)
    last = [(row.conversation_id, contents.preview(row.content)[:PREVIEW]) for row in rows]
    await tx.execute(TOUCH, now, [key for key, _ in last], [text for _, text in last])
    changes = [
        Change(
            targets[row.conversation_id]["workspace_id"],
            "message",
            row.conversation_id,
            {"message": str(row.id)},
        )
        for row in rows
    ]
    await publish(tx, changes, now)
    return refused


def _cut(row: NewMessage, target: Any, channel: Channel, now: datetime) -> list[_Part] | Refusal:  # noqa: ANN401 (a record)
    limits = window(channel.abilities, target["customer_at"])
    if not limits.is_open(now, human=row.human):
        return Refusal("channel_window_closed", "The time to answer on this channel is over")
    try:
        pieces = channel.parts(row.content)
    except ContentRefused as error:
        return Refusal("content", str(error))
    deadline = now + (AGENT_DEADLINE if row.queue == "agent" else BOT_DEADLINE)
    end = limits.human_ends_at if row.human else limits.ends_at
    if end is not None:
        deadline = min(deadline, end)
    return [_Part(uuid7(), row, target, piece, n, deadline) for n, piece in enumerate(pieces)]


async def _add_messages(
    tx: Connection,
    rows: Sequence[NewMessage],
    targets: Mapping[UUID, Any],
    refused: Mapping[UUID, Refusal],
    now: datetime,
) -> None:
    none = Refusal("", "")
    await tx.execute(
        ADD_MESSAGES,
        now,
        [row.id for row in rows],
        [targets[row.conversation_id]["workspace_id"] for row in rows],
        [row.conversation_id for row in rows],
        [targets[row.conversation_id]["account_id"] for row in rows],
        [row.author for row in rows],
        [row.member_id for row in rows],
        [type(row.content).__struct_config__.tag for row in rows],
        [contents.preview(row.content) for row in rows],
        [contents.encode(row.content).decode() for row in rows],
        ["failed" if row.id in refused else "queued" for row in rows],
        [refused.get(row.id, none).code for row in rows],
        [refused.get(row.id, none).text[:300] for row in rows],
        [row.claim_id for row in rows],
        [row.trigger[:120] for row in rows],
        [row.request_id for row in rows],
    )


async def _add_parts(tx: Connection, parts: Sequence[_Part], now: datetime) -> None:
    if not parts:
        return
    ids = [part.delivery_id for part in parts]
    conversations = [part.message.conversation_id for part in parts]
    accounts = [part.target["account_id"] for part in parts]
    await tx.execute(
        ADD_DELIVERIES,
        now,
        ids,
        [part.message.id for part in parts],
        conversations,
        accounts,
        [part.position for part in parts],
    )
    await tx.execute(
        ADD_OUTBOX,
        now,
        ids,
        conversations,
        accounts,
        [part.message.queue for part in parts],
        [contents.encode(part.content).decode() for part in parts],
        [part.target["address"] for part in parts],
        [part.message.sender_name for part in parts],
        [part.message.human for part in parts],
        [part.deadline for part in parts],
        [part.message.request_id for part in parts],
    )
