"""What a member is told while they look elsewhere: new messages of customers who are theirs, or nobody's yet."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from conversations import unread
from runtime.database import Database

# So many are counted: "99+" is shown for more.
CAP = 100
# Theirs, or waiting for anybody; what the bot answers concerns nobody.
CONCERNS = """
(c.assignee_id = $2 AND c.status IN ('waiting', 'in_progress', 'snoozed', 'bot')
  OR c.assignee_id IS NULL AND c.status = 'waiting')
"""
NEWS = """
SELECT DISTINCT ON (c.id) c.id AS conversation_id, coalesce(p.name, '') AS name, c.chat_type, g.kind, g.text
FROM message g JOIN conversation c ON c.id = g.conversation_id {mark} LEFT JOIN contact p ON p.id = c.contact_id
WHERE g.id = ANY ($3::uuid[]) AND g.workspace_id = $1 AND g.direction = 'in' AND g.unsent_at IS NULL
  AND {concerns} AND {unread} > 0
ORDER BY c.id, g.seq DESC
""".format(mark=unread.mark_of("$2"), concerns=CONCERNS, unread=unread.COUNT)
WAITING = """
SELECT count(*) FROM (
  (SELECT 1 FROM conversation c {mark}
   WHERE c.assignee_id = $2 AND c.workspace_id = $1
     AND c.status IN ('waiting', 'in_progress', 'snoozed', 'bot') AND {unread} > 0 LIMIT {cap})
  UNION ALL
  (SELECT 1 FROM conversation c {mark} WHERE c.workspace_id = $1 AND c.waiting_since IS NOT NULL
     AND c.assignee_id IS NULL AND c.status = 'waiting' AND {unread} > 0 LIMIT {cap})) few
""".format(mark=unread.mark_of("$2"), unread=unread.COUNT, cap=CAP)  # noqa: S608 (constants)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """The latest of some new messages of one conversation. `name` is "" until the platform told it."""

    conversation_id: UUID
    name: str
    chat_type: str
    kind: str
    text: str


async def news(
    db: Database, workspace_id: UUID, member_id: UUID, messages: Sequence[UUID]
) -> list[Notice]:
    """Return what of `messages` a member is to be told: one notice a conversation, nothing already read."""
    rows = await db.screens.fetch(NEWS, workspace_id, member_id, list(messages))
    return [Notice(**row) for row in rows]


async def count_unread(db: Database, workspace_id: UUID, member_id: UUID) -> int:
    """Return in how many conversations, theirs or waiting for anybody, something is new to a member; at most CAP."""
    return min(CAP, int(await db.screens.fetchval(WAITING, workspace_id, member_id)))
