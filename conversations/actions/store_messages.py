"""Add received messages and their attachments to threads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from conversations.channel import Inbound
from runtime.database import Connection
from runtime.ids import uuid7

ADD_MESSAGES = """
INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, sender_external_id, kind,
  text, content, external_id, reply_to, provider_at, received_at, request_id)
SELECT id, w, c, a, 'in', 'contact', sender, kind, txt, facts::jsonb, x, reply_to, at, arrived, request
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
  $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::text[])
  WITH ORDINALITY AS u (id, w, c, a, sender, kind, txt, facts, x, reply_to, at, arrived, request, n)
ORDER BY n
"""
HIDE_UNSENT = """
UPDATE message m SET unsent_at = t.unsent_at, text = '', content = NULL
FROM message t WHERE m.id = ANY ($1::uuid[]) AND t.account_id = m.account_id AND t.external_id = m.external_id
  AND t.kind = 'unsend' RETURNING m.id
"""
COLUMNS = (
    "id",
    "workspace_id",
    "conversation_id",
    "account_id",
    "sender",
    "kind",
    "text",
    "content",
    "external_id",
    "reply_to",
    "provider_at",
    "received_at",
    "request_id",
)
ADD_ATTACHMENTS = """
INSERT INTO attachment (id, message_id, position, type, source, state, name, content_type, size, next_try_at)
SELECT id, m, p, t, s::jsonb, state, name, ct, size, $1
FROM unnest($2::uuid[], $3::uuid[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::bigint[]) AS u (id, m, p, t, s, state, name, ct, size)
"""
FETCHED = frozenset({"image", "video", "audio", "file", "story_mention", "share", "reel"})


async def store_messages(tx: Connection, rows: Sequence[dict[str, Any]]) -> set[UUID]:
    """Insert received messages in order; `content` is a plain dict.

    Returns the ids of those that were unsent before they arrived: their words are not kept.
    """
    if rows:
        plain = [{**row, "content": json.dumps(row["content"])} for row in rows]
        await tx.execute(ADD_MESSAGES, *([row[name] for row in plain] for name in COLUMNS))
        named = [row["id"] for row in rows if row["external_id"]]
        if named:
            return {record["id"] for record in await tx.fetch(HIDE_UNSENT, named)}
    return set()


async def attachments_of(tx: Connection, messages: Mapping[UUID, Inbound], now: datetime) -> None:
    """Insert the attachments of messages; those with something to download wait for the fetcher."""
    rows = [
        (message, n, attachment)
        for message, inbound in messages.items()
        for n, attachment in enumerate(inbound.attachments)
    ]
    if not rows:
        return
    await tx.execute(
        ADD_ATTACHMENTS,
        now,
        [uuid7() for _ in rows],
        [message for message, _, _ in rows],
        [n for _, n, _ in rows],
        [a.type[:20] for _, _, a in rows],
        [msgspec.json.encode(a).decode() for _, _, a in rows],
        ["waiting" if a.type in FETCHED and (a.url or a.id) else "skipped" for _, _, a in rows],
        [(a.name or a.title or "")[:255] for _, _, a in rows],
        [(a.content_type or "")[:120] for _, _, a in rows],
        [a.size or 0 for _, _, a in rows],
    )
