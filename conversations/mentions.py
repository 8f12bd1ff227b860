"""Where a member was called by name, as screens read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Database

MOST = 100
LIST = """
SELECT n.conversation_id, coalesce(p.name, '') AS name, c.chat_type, b.name AS by_name, g.text, g.content, n.at,
  n.seen_at
FROM mention n JOIN conversation c ON c.id = n.conversation_id JOIN message g ON g.id = n.message_id
LEFT JOIN contact p ON p.id = c.contact_id LEFT JOIN member b ON b.id = n.by_id
WHERE n.member_id = $1 ORDER BY n.at DESC, n.id DESC LIMIT $2
"""
COUNT = "SELECT count(*) FROM mention WHERE member_id = $1 AND seen_at IS NULL"


class MentionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A note that calls the member; `seen_at` None until they open its conversation."""

    conversation_id: UUID
    name: str
    chat_type: str
    by_name: str | None
    text: str
    content: Any
    at: datetime
    seen_at: datetime | None


async def mentions_of(db: Database, member_id: UUID) -> Sequence[MentionRow]:
    """Return the latest notes that call a member, at most MOST."""
    return [MentionRow(**row) for row in await db.screens.fetch(LIST, member_id, MOST)]


async def unseen_mentions(db: Database, member_id: UUID) -> int:
    """Return how many notes call a member who has not looked yet."""
    return int(await db.screens.fetchval(COUNT, member_id))
