"""What screens read of one contact: who they are on each channel, their tags, fields, conversations and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool
from runtime.errors import NotFound

CONTACT = """
SELECT p.id, p.name, p.phone, p.email, p.language, p.picture_url, p.attributes, p.created_at,
  p.blocked_at, p.erased_at,
  coalesce((SELECT jsonb_agg(jsonb_build_array(t.id, t.name) ORDER BY lower(t.name), t.id)
    FROM contact_tag l JOIN tag t ON t.id = l.tag_id WHERE l.contact_id = p.id), '[]') AS tags
FROM contact p WHERE p.id = $1 AND p.workspace_id = $2
"""
IDENTITIES = """
SELECT a.id AS account_id, coalesce(o.origin_id, o.contact_id) AS origin, a.channel, a.name AS account_name,
  o.external_id, o.name, o.picture_url, o.reachable, a.removed_at IS NOT NULL AS removed, c.id AS conversation_id,
  c.customer_at AS seen_at
FROM channel_identity o JOIN channel_account a ON a.id = o.account_id
LEFT JOIN conversation c ON c.account_id = a.id AND c.chat_key = 'c:' || coalesce(o.origin_id, o.contact_id)
WHERE o.contact_id = $1
ORDER BY seen_at DESC NULLS LAST, a.channel, account_name, a.id, origin, o.reachable DESC, o.name = '',
  o.created_at, o.external_id
"""
CHATS = """
SELECT c.id, a.channel, a.name AS account_name, c.status
FROM conversation c JOIN channel_account a ON a.id = c.account_id WHERE c.contact_id = $1 ORDER BY c.last_at DESC
"""
NOTES = """
SELECT g.id, g.conversation_id, g.text, g.content, g.provider_at AS at, m.name AS member_name
FROM conversation c CROSS JOIN LATERAL (
  SELECT * FROM message n WHERE n.conversation_id = c.id AND n.kind = 'note' AND n.direction = 'own'
  ORDER BY n.provider_at DESC LIMIT $2) g
LEFT JOIN member m ON m.id = g.member_id
WHERE c.contact_id = $1 ORDER BY g.provider_at DESC, g.id DESC LIMIT $2
"""


class Address(msgspec.Struct, frozen=True):
    """Where a contact is reached within a chat, or no longer is."""

    external_id: str
    reachable: bool


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A contact as one account knows them. `name` is what they are called there, "" when unknown; `seen_at` is
    when they last wrote; `further`: more addresses of the same chat (WhatsApp), those that can be reached first.
    """

    channel: str
    account_name: str
    external_id: str
    name: str
    picture_url: str
    reachable: bool
    removed: bool
    conversation_id: UUID | None
    seen_at: datetime | None
    further: Sequence[Address] = ()


class Tag(msgspec.Struct, frozen=True):
    """A tag a contact wears."""

    id: UUID
    name: str


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A customer. `attributes` holds the values of the workspace's fields, by their keys; `erased_at`: all is gone."""

    id: UUID
    name: str
    phone: str
    email: str
    language: str
    picture_url: str
    attributes: Mapping[str, Any]
    created_at: datetime
    blocked_at: datetime | None
    erased_at: datetime | None
    tags: Sequence[Tag]
    identities: Sequence[Identity] = ()


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation of a contact's."""

    id: UUID
    channel: str
    account_name: str
    status: str


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A note of one of a contact's threads; `content` names whom it calls."""

    id: UUID
    conversation_id: UUID
    text: str
    content: Any
    at: datetime
    member_name: str | None


async def contact(db: Pool | Connection, workspace_id: UUID, contact_id: UUID) -> Contact:
    """Return a contact with their identities, the one heard of last first; raises NotFound."""
    row = await db.fetchrow(CONTACT, contact_id, workspace_id)
    if row is None:
        raise NotFound("There is no such customer")
    rows = groupby(await db.fetch(IDENTITIES, contact_id), itemgetter("account_id", "origin"))
    found = [_identity(list(chat)) for _, chat in rows]
    values = dict(row) | {"tags": [Tag(UUID(key), name) for key, name in row["tags"]]}
    return Contact(**values, identities=found)


def _identity(addresses: Sequence[Any]) -> Identity:
    first, *further = addresses
    values = {name: first[name] for name in Identity.__struct_fields__ if name != "further"}
    return Identity(**values, further=[Address(o["external_id"], o["reachable"]) for o in further])


async def chats_of(db: Pool | Connection, contact_id: UUID) -> Sequence[Chat]:
    """Return a contact's conversations, the latest first. The caller checked the workspace."""
    return [Chat(**row) for row in await db.fetch(CHATS, contact_id)]


async def notes_of(db: Pool | Connection, contact_id: UUID, limit: int) -> Sequence[Note]:
    """Return the newest notes of all of a contact's threads. The caller checked the workspace."""
    return [Note(**row) for row in await db.fetch(NOTES, contact_id, limit)]
