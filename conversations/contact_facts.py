"""Who a contact is, on a page of their own: names, channels, tags, fields, and where they write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Database
from runtime.errors import NotFound

FACTS = """
SELECT p.id, p.name, p.phone, p.email, p.language, p.picture_url, p.attributes, p.created_at, p.blocked_at, p.erased_at,
  coalesce((SELECT jsonb_agg(jsonb_build_array(a.channel, a.name, i.external_id, i.reachable)
      ORDER BY a.channel, a.name, i.created_at)
    FROM channel_identity i JOIN channel_account a ON a.id = i.account_id WHERE i.contact_id = p.id), '[]')
    AS addresses,
  ARRAY(SELECT t.name FROM contact_tag l JOIN tag t ON t.id = l.tag_id WHERE l.contact_id = p.id ORDER BY t.name)
    AS tags,
  coalesce((SELECT jsonb_agg(jsonb_build_array(c.id, a.channel, a.name, c.status) ORDER BY c.last_at DESC)
    FROM conversation c JOIN channel_account a ON a.id = c.account_id WHERE c.contact_id = p.id), '[]') AS chats
FROM contact p WHERE p.id = $1 AND p.workspace_id = $2
"""


class AddressRow(msgspec.Struct, frozen=True):
    """How an account knows the contact; not `reachable`: they blocked it."""

    channel: str
    account_name: str
    external_id: str
    reachable: bool


class ChatRow(msgspec.Struct, frozen=True):
    """A conversation of theirs."""

    id: UUID
    channel: str
    account_name: str
    status: str


class ContactFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A contact. `attributes` are the values of the workspace's fields by key; `erased_at`: nothing is left."""

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
    addresses: Sequence[AddressRow]
    tags: Sequence[str]
    chats: Sequence[ChatRow]


async def contact_facts(db: Database, workspace_id: UUID, contact_id: UUID) -> ContactFacts:
    """Return a contact of the workspace; raises NotFound, also for another workspace's."""
    row = await db.screens.fetchrow(FACTS, contact_id, workspace_id)
    if row is None:
        raise NotFound("There is no such customer")
    values = dict(row)
    values["addresses"] = [AddressRow(*one) for one in values["addresses"]]
    values["chats"] = [ChatRow(UUID(one[0]), *one[1:]) for one in values["chats"]]
    return ContactFacts(**values)
