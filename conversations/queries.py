"""Inbox and thread reads: one statement a page, as frozen values (views.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from conversations import unread
from conversations.views import (
    AccountRow,
    AttachmentRow,
    ConversationHead,
    MediaFile,
    MessageRow,
    ThreadPage,
    ThreadPlace,
)
from runtime.database import Connection, Database, Pool
from runtime.errors import NotFound

MOST_ROWS = 300
HEAD = """
SELECT c.id, coalesce(p.name, '') AS name, c.chat_type, c.contact_id, c.account_id, a.channel,
  a.name AS account_name, CASE WHEN c.shelf <> '' THEN c.shelf WHEN a.removed_at IS NOT NULL THEN 'removed'
    WHEN a.paused_at IS NOT NULL THEN 'paused' ELSE a.state END AS account_state, c.status, c.assignee_id,
  m.name AS assignee_name, c.customer_at,
  CASE WHEN c.reply_token <> '' THEN c.reply_token_at END AS reply_token_at, {unread} AS unread,
  c.version, c.snoozed_until, c.waiting_since,
  coalesce(i.reachable, true) AS reachable,
  (SELECT count(*)::int FROM mention n WHERE n.conversation_id = c.id AND n.member_id = $3 AND n.seen_at IS NULL)
    AS mentions, coalesce(u.assignee_only AND c.assignee_id <> $3, false) AS reserved
FROM conversation c {mark}
JOIN channel_account a ON a.id = c.account_id
LEFT JOIN contact p ON p.id = c.contact_id
LEFT JOIN member m ON m.id = c.assignee_id
LEFT JOIN channel_identity i ON i.account_id = c.account_id AND i.external_id = c.address
LEFT JOIN automation u ON u.workspace_id = c.workspace_id
WHERE c.id = $1 AND c.workspace_id = $2
""".format(unread=unread.COUNT, mark=unread.mark_of("$3"))  # noqa: S608 (constants)
KNOWN = "SELECT 1 FROM conversation WHERE id = $1 AND workspace_id = $2"
THREAD = """
SELECT g.id, g.seq, g.direction, g.author, m.name AS member_name, g.kind, g.text, g.content, g.state,
  g.error_code, g.error_text, g.claim_id, g.trigger, q.text AS quoted, g.provider_at, g.received_at,
  g.edited_at, g.unsent_at,
  coalesce((SELECT jsonb_agg(jsonb_build_object('id', f.id, 'type', f.type, 'state', f.state, 'name', f.name,
      'content_type', f.content_type, 'size', f.size, 'source', f.source) ORDER BY f.position)
    FROM attachment f WHERE f.message_id = g.id), '[]') AS attachments,
  coalesce((SELECT jsonb_agg(r.emoji ORDER BY r.id) FROM reaction r WHERE r.message_id = g.id), '[]')
    AS reactions
FROM (SELECT * FROM message WHERE conversation_id = $1{older}
      ORDER BY provider_at DESC, seq DESC LIMIT {limit}) g
LEFT JOIN member m ON m.id = g.member_id
LEFT JOIN LATERAL (SELECT text FROM message q WHERE g.reply_to <> '' AND q.account_id = g.account_id
  AND q.external_id = g.reply_to AND q.conversation_id = g.conversation_id LIMIT 1) q ON true
ORDER BY g.provider_at DESC, g.seq DESC
"""
# Some messages after the one to look at; fewer than that: it stands on the newest page.
AROUND = """
SELECT n.provider_at, n.seq FROM message g CROSS JOIN LATERAL (
  SELECT provider_at, seq FROM message m WHERE m.conversation_id = g.conversation_id
    AND (m.provider_at, m.seq) > (g.provider_at, g.seq) ORDER BY provider_at, seq OFFSET 15 LIMIT 1) n
WHERE g.id = $1 AND g.conversation_id = $2
"""
# Platforms' times may stand in another order than the messages came in.
LAST = """
SELECT id FROM (SELECT id, seq FROM message WHERE conversation_id = $1 ORDER BY provider_at DESC, seq DESC LIMIT 50) g
ORDER BY seq DESC LIMIT 1
"""
MEDIA = """
SELECT f.storage_key, f.content_type, f.name, f.size FROM attachment f
JOIN message g ON g.id = f.message_id
WHERE f.id = $1 AND g.workspace_id = $2 AND f.state = 'stored'
"""
ACCOUNTS = """
SELECT id, channel, name, external_id, address, state, state_reason, webhook_at, checked_at, created_at, paused_at
FROM channel_account WHERE workspace_id = $1 AND removed_at IS NULL{where} ORDER BY channel, name
"""


async def conversation_head(
    db: Database, workspace_id: UUID, key: UUID, member_id: UUID | None = None
) -> ConversationHead:
    """Return the head of one conversation, `unread` and `mentions` as that member's; raises NotFound, also
    for another workspace's.
    """
    row = await db.reads.fetchrow(HEAD, key, workspace_id, member_id)
    if row is None:
        raise NotFound("There is no such conversation")
    return ConversationHead(**row)


async def require_conversation(db: Pool | Connection, workspace_id: UUID, key: UUID) -> None:
    """Raise NotFound unless the conversation is the workspace's."""
    if not await db.fetchval(KNOWN, key, workspace_id):
        raise NotFound("There is no such conversation")


async def thread_page(
    db: Database, conversation_id: UUID, before: ThreadPlace | None = None, limit: int = 50
) -> ThreadPage:
    """Return the newest messages, or those older than `before`. The caller checked the workspace."""
    values: list[Any] = [conversation_id]
    if before:
        values += [before.provider_at, before.seq]
    older = " AND (provider_at, seq) < ($2, $3)" if before else ""
    limit = min(limit, MOST_ROWS)
    found = await db.reads.fetch(THREAD.format(older=older, limit=limit + 1), *values)
    rows = [_message(row) for row in reversed(found[:limit])]
    place = ThreadPlace(rows[0].provider_at, rows[0].seq) if len(found) > limit else None
    return ThreadPage(rows, place)


async def last_of(
    db: Database, conversation_id: UUID, rows: Sequence[MessageRow], *, newest: bool
) -> UUID | None:
    """Return the message that came last: of `rows` when they are the newest page, else of the whole thread."""
    if newest:
        return max(rows, key=lambda row: row.seq).id if rows else None
    found: UUID | None = await db.reads.fetchval(LAST, conversation_id)
    return found


async def place_around(db: Database, conversation_id: UUID, message_id: UUID) -> ThreadPlace | None:
    """Return before which place a message stands with some others around it; None: on the newest page."""
    row = await db.reads.fetchrow(AROUND, message_id, conversation_id)
    return ThreadPlace(row["provider_at"], row["seq"]) if row else None


async def media_file(db: Database, workspace_id: UUID, attachment_id: UUID) -> MediaFile:
    """Return where a stored attachment lies; raises NotFound, also for another workspace's."""
    row = await db.screens.fetchrow(MEDIA, attachment_id, workspace_id)
    if row is None:
        raise NotFound("There is no such file")
    return MediaFile(**row)


async def account_list(db: Database, workspace_id: UUID) -> Sequence[AccountRow]:
    """Return the workspace's channel accounts, without credentials."""
    rows = await db.screens.fetch(ACCOUNTS.format(where=""), workspace_id)
    return [AccountRow(**row) for row in rows]


async def account_row(db: Database, workspace_id: UUID, account_id: UUID) -> AccountRow:
    """Return one of the workspace's channel accounts, without credentials; raises NotFound."""
    query = ACCOUNTS.format(where=" AND id = $2")
    row = await db.screens.fetchrow(query, workspace_id, account_id)
    if row is None:
        raise NotFound("There is no such account")
    return AccountRow(**row)


def _message(row: Any) -> MessageRow:  # noqa: ANN401 (a record)
    values = dict(row)
    values["attachments"] = msgspec.convert(values["attachments"], list[AttachmentRow])
    return MessageRow(**values)
