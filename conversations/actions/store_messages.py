"""Add received messages and their attachments to threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

import msgspec

from conversations.channel import Inbound
from runtime.arrays import FEW
from runtime.database import Connection
from runtime.ids import uuid7

COLUMNS = (
    "id, w, c, a, sender, kind, txt, facts, x, reply_to, at, arrived,"
    " request, shown, said, opens, address, token, reached, blocked, event, name"
)
"""Those of the type `thread_entry`, in its order."""
NEWS = """
    customer_at = CASE WHEN e.opens THEN greatest(c.customer_at, e.at) ELSE c.customer_at END,
    reply_token = coalesce(e.token, c.reply_token),
    reply_token_at = CASE WHEN e.token IS NULL THEN c.reply_token_at ELSE e.at END,
    unread = c.unread + e.heard::int,
    status = CASE WHEN NOT e.heard THEN c.status WHEN c.status = 'closed' THEN 'bot'
      WHEN c.status <> 'snoozed' THEN c.status WHEN c.assignee_id IS NULL THEN 'waiting' ELSE 'in_progress' END,
    waiting_since = CASE WHEN e.heard AND c.status = 'snoozed' AND c.assignee_id IS NULL THEN e.arrived
      ELSE c.waiting_since END,
    snoozed_until = CASE WHEN NOT e.heard THEN c.snoozed_until END,
    answered_at = CASE WHEN NOT e.heard THEN c.answered_at END,
    warned_at = CASE WHEN NOT e.heard THEN c.warned_at END,
    assignee_id = CASE WHEN e.heard AND c.status = 'closed' THEN NULL ELSE c.assignee_id END,
    version = c.version + 1
"""
"""What any entry `e` changes in its conversation `c`. `heard`: it was said, and not by a blocked contact."""

# One statement for all that an event writes into its thread. A message whose unsend came first (a tombstone
# under its platform id) is stored without its words.
STORE = f"""
WITH e AS (
  SELECT u.*, u.said AND NOT u.blocked AS heard, u.blocked AND u.address IS NULL AS muted,
    (SELECT min(t.unsent_at) FROM message t
      WHERE u.id IS NOT NULL AND t.account_id = u.a AND t.external_id = u.x AND t.kind = 'unsend') AS unsent
  FROM unnest($1::thread_entry[]) WITH ORDINALITY AS u ({COLUMNS}, n) {FEW}
), messages AS (
  INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, sender_external_id, kind,
    text, content, external_id, reply_to, provider_at, received_at, request_id, unsent_at, state)
  SELECT id, w, c, a, 'in', 'contact', sender, kind, CASE WHEN unsent IS NULL THEN txt ELSE '' END,
    CASE WHEN unsent IS NULL THEN facts::jsonb END, x, reply_to, at, arrived, request, unsent,
    CASE WHEN blocked THEN 'blocked' ELSE '' END
  FROM e WHERE id IS NOT NULL ORDER BY n
), reachable AS (
  UPDATE channel_identity i SET reachable = e.reached FROM e
  WHERE i.account_id = e.a AND i.external_id = e.sender AND i.reachable <> e.reached
), conversations AS (
  UPDATE conversation c SET
    address = coalesce(e.address, c.address),
    last_text = CASE WHEN NOT e.said OR e.muted THEN c.last_text WHEN e.unsent IS NULL THEN e.shown ELSE '[unsent]' END,
    last_at = CASE WHEN e.muted THEN c.last_at ELSE greatest(c.last_at, e.at) END,
    shelf = CASE WHEN e.blocked AND NOT e.muted THEN 'blocked' ELSE c.shelf END,
    {NEWS}
  FROM e WHERE c.id = e.c
)
SELECT id FROM e WHERE unsent IS NOT NULL
"""  # noqa: S608 (COLUMNS and NEWS are constants; every value is a parameter)
ADD_ATTACHMENTS = """
INSERT INTO attachment (id, message_id, position, type, source, state, name, content_type, size, next_try_at)
SELECT id, m, p, t, s::jsonb, state, name, ct, size, $1
FROM unnest($2::uuid[], $3::uuid[], $4::smallint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::bigint[]) AS u (id, m, p, t, s, state, name, ct, size)
"""
FETCHED = frozenset(
    {"image", "video", "audio", "file", "sticker", "contacts", "story_mention", "share", "reel"}
)


class Entry(msgspec.Struct, kw_only=True):
    """What one event writes: its conversation's news, and a message unless `id` is None. The fields are those of the
    type `thread_entry`, in its order.

    `said` counts as unread and shows as the last words; `opens` starts the time to answer anew;
    `reached` says whether the contact's address `sender` works (None: nothing learnt). What a `blocked` contact
    says is marked, and neither unread nor heard by anybody; in a group (`address` is None) it is muted: the line of
    the list stays as it was, and on the list. `event` is the row of the inbox, `name` what the platform calls the
    customer ("": it does not say).
    """

    id: UUID | None
    workspace_id: UUID
    conversation_id: UUID | None = None
    account_id: UUID
    sender: str
    kind: str
    text: str
    facts: str
    external_id: str | None
    reply_to: str
    at: datetime
    received_at: datetime
    request_id: str
    shown: str
    said: bool
    opens: bool
    address: str | None
    token: str | None
    reached: bool | None
    blocked: bool = False
    event: int
    name: str = ""


_row = attrgetter(*Entry.__struct_fields__)


def rows_of(entries: Sequence[Entry]) -> list[tuple[object, ...]]:
    """Return entries as a statement takes them: `thread_entry[]`."""
    return list(map(_row, entries))


async def store(tx: Connection, entries: Sequence[Entry]) -> set[UUID]:
    """Write events in order, at most one of each conversation.

    Returns the ids of messages that were unsent before they arrived: their words are not kept.
    """
    return {record["id"] for record in await tx.fetch(STORE, rows_of(entries))}


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
