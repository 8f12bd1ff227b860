"""Write what known customers say in their 1:1 chats: the usual case of an event, with one statement.

What needs more than that is left alone, and done by the statements of `find_chats`, `store_messages` and `welcome`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from conversations.actions.find_chats import Chat
from conversations.actions.store_messages import COLUMNS, NEWS, Entry, rows_of
from runtime.arrays import FEW
from runtime.database import Connection

# All chats or none: so that those left over are locked in order together with the others. Left alone are blocked and
# erased customers, one who is to be named, a message that was unsent before it came, and the second of two events
# of one conversation. Who was blocked or merged meanwhile is seen in the row that is written. Nobody is
# blocked here, so what is said is heard.
HEAR = f"""
WITH found AS MATERIALIZED (
  SELECT u.*, u.said AS heard, i.contact_id IS NULL AS strange, i.reachable <> u.reached AS moved, v.*,
    v.shelf = '' AND v.blocked_at IS NULL AND (u.name = '' OR v.called <> '')
      AND (u.x IS NULL OR (SELECT 1 FROM message t
        WHERE t.account_id = u.a AND t.external_id = u.x AND t.kind = 'unsend' LIMIT 1) IS NULL) AS fits
  FROM unnest($2::thread_entry[]) WITH ORDINALITY AS u ({COLUMNS}, n)
  LEFT JOIN LATERAL (
    SELECT contact_id, origin_id, reachable FROM channel_identity
    WHERE account_id = u.a AND external_id = u.sender LIMIT 1
  ) i ON true
  LEFT JOIN LATERAL (
    SELECT k.id AS chat, k.contact_id AS owner, k.shelf, p.name AS called, p.language, p.blocked_at
    FROM (
      SELECT id, contact_id, shelf FROM conversation
      WHERE chat_key = 'c:' || coalesce(i.origin_id, i.contact_id) AND (account_id = u.a) IS TRUE LIMIT 1
    ) k JOIN contact p ON p.id = k.contact_id
  ) v ON true
), chats AS MATERIALIZED (
  SELECT DISTINCT ON (chat) * FROM found WHERE chat IS NOT NULL ORDER BY chat, n {FEW}
), heard AS (
  UPDATE conversation c SET
    address = e.sender,
    last_text = CASE WHEN e.said THEN e.shown ELSE c.last_text END,
    last_at = greatest(c.last_at, e.at),
    {NEWS}
  FROM chats e WHERE c.id = e.chat AND (SELECT bool_and(fits) FROM chats)
    AND (c.shelf = '' AND c.contact_id = e.owner) IS TRUE
  RETURNING e.*, c.status
), messages AS (
  INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, sender_external_id, kind,
    text, content, external_id, reply_to, provider_at, received_at, request_id)
  SELECT id, w, chat, a, 'in', 'contact', sender, kind, txt, facts::jsonb, x, reply_to, at, arrived, request
  FROM heard WHERE id IS NOT NULL
), reachable AS (
  UPDATE channel_identity i SET reachable = e.reached FROM heard e
  WHERE e.moved AND i.account_id = e.a AND i.external_id = e.sender
), told AS (
  INSERT INTO feed (workspace_id, kind, subject, detail, at)
  SELECT w, 'message', chat, CASE WHEN id IS NULL THEN '{{}}' ELSE jsonb_build_object('message', id) END, $1
  FROM heard
), acknowledged AS (
  UPDATE inbox SET state = 1, next_try_at = NULL, error = NULL WHERE id = ANY (ARRAY(SELECT event FROM heard))
)
SELECT n - 1, chat, owner, status, called, language FROM heard
UNION ALL SELECT n - 1, NULL, NULL, NULL, NULL, NULL FROM found WHERE strange
"""  # noqa: S608 (COLUMNS and NEWS are constants; every value is a parameter)


class Heard(msgspec.Struct):
    """What was written, by place in the list given, and the places of those whom nobody knows yet."""

    chats: dict[int, Chat] = {}
    strangers: list[int] = []


async def hear(tx: Connection, entries: Sequence[Entry], now: datetime) -> Heard:
    """Write events of 1:1 chats, each from one address; their `conversation_id` need not be known.

    Those written are in the feed and acknowledged, too. Neither they nor strangers: see with care.
    """
    heard = Heard()
    for n, chat, contact, status, name, language in await tx.fetch(HEAR, now, rows_of(entries)):
        if chat is None:
            heard.strangers.append(n)
        else:
            heard.chats[n] = Chat(chat, contact, status, name, language)
            entries[n].conversation_id = chat
    return heard
