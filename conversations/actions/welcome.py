"""Write the first event of customers whom nobody knew with one statement: contact, address, conversation, message.

The conversation is written once, as the event leaves it, rather than made and then changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from conversations.actions.store_messages import COLUMNS, Entry, rows_of
from runtime.database import Connection
from runtime.ids import uuid7

# Who loses the race for an address is not written at all; the address is the only thing that two could want. What
# an event changes is told in store_messages.STORE: here it begins from nothing.
WELCOME = f"""
WITH e AS (
  SELECT u.*, (SELECT min(t.unsent_at) FROM message t
    WHERE u.id IS NOT NULL AND t.account_id = u.a AND t.external_id = u.x AND t.kind = 'unsend') AS unsent
  FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::thread_entry[]) WITH ORDINALITY AS u (contact, identity, phone,
    {COLUMNS}, n)
), identities AS (
  INSERT INTO channel_identity (id, account_id, contact_id, external_id, name, reachable, created_at)
  SELECT identity, a, contact, sender, name, coalesce(reached, true), $1 FROM e
  ORDER BY a, sender ON CONFLICT (account_id, external_id) DO NOTHING RETURNING contact_id
), made AS (
  SELECT * FROM e WHERE (contact IN (SELECT contact_id FROM identities)) IS TRUE
), contacts AS (
  INSERT INTO contact (id, workspace_id, name, phone, created_at) SELECT contact, w, name, phone, $1 FROM made
), conversations AS (
  INSERT INTO conversation (id, workspace_id, account_id, contact_id, chat_type, chat_key, address, last_text, last_at,
    customer_at, reply_token, reply_token_at, unread, version, created_at)
  SELECT c, w, a, contact, 'direct', 'c:' || contact, sender,
    CASE WHEN NOT said THEN '' WHEN unsent IS NULL THEN shown ELSE '[unsent]' END, greatest($1, at),
    CASE WHEN opens THEN at END, coalesce(token, ''), CASE WHEN token IS NOT NULL THEN at END, said::int, 1, $1
  FROM made
), messages AS (
  INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, sender_external_id, kind,
    text, content, external_id, reply_to, provider_at, received_at, request_id, unsent_at)
  SELECT id, w, c, a, 'in', 'contact', sender, kind, CASE WHEN unsent IS NULL THEN txt ELSE '' END,
    CASE WHEN unsent IS NULL THEN facts::jsonb END, x, reply_to, at, arrived, request, unsent
  FROM made WHERE id IS NOT NULL ORDER BY n
)
SELECT c, unsent IS NOT NULL FROM made
"""  # noqa: S608 (COLUMNS is a constant; every value is a parameter)


class Stranger(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who writes from an address that belongs to nobody yet; `entry` is what they did, in the 1:1 chat,
    and what they are called."""

    contact_id: UUID
    phone: str
    entry: Entry


async def welcome(tx: Connection, strangers: Sequence[Stranger], now: datetime) -> dict[UUID, bool]:
    """Write what strangers did, no two of them from one address.

    Returns the conversations that were made, each with whether its message was unsent before it arrived. Who is
    missing had their address taken by a rival just now: look them up.
    """
    rows = await tx.fetch(
        WELCOME,
        now,
        [stranger.contact_id for stranger in strangers],
        [uuid7() for _ in strangers],
        [stranger.phone for stranger in strangers],
        rows_of([stranger.entry for stranger in strangers]),
    )
    return dict(rows)
