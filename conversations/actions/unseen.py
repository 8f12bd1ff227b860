"""An answer is held when a colleague's has come meanwhile that its writer has not seen."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from runtime.database import Connection
from runtime.errors import Invalid, Refused

OUT_OF_DATE = "This form is out of date: reload the page."
# What was seen, when the thread was empty.
NOTHING = UUID(int=0)
# By number, for platforms' clocks differ; by our own arrival times first, for that is what the index knows.
NEWER = """
WITH seen AS (
  SELECT seq, received_at FROM message WHERE id = $3 AND conversation_id = $1
  UNION ALL SELECT 0, '-infinity' WHERE $3 = '00000000-0000-0000-0000-000000000000')
SELECT g.id, g.name, coalesce(g.kind, '') AS kind, coalesce(g.text, '') AS text, g.provider_at AS at
FROM seen s LEFT JOIN LATERAL (
  SELECT g.id, m.name, g.kind, g.text, g.provider_at FROM message g LEFT JOIN member m ON m.id = g.member_id
  WHERE g.conversation_id = $1 AND g.provider_at > s.received_at - interval '1 min' AND g.seq > s.seq
    AND g.direction = 'out' AND g.author IN ('member', 'elsewhere') AND g.member_id IS DISTINCT FROM $2
    AND g.state <> 'failed'
  ORDER BY g.provider_at DESC, g.seq DESC LIMIT 1) g ON true
"""


class Newer(msgspec.Struct, frozen=True, kw_only=True):
    """A colleague's answer; `name` is None when it was typed in the platform's own inbox."""

    id: UUID
    name: str | None
    kind: str
    text: str
    at: datetime


class Unseen(Refused):
    """A colleague has answered meanwhile: it is for the writer to say whether theirs shall go out, too."""

    def __init__(self, newer: Newer) -> None:
        super().__init__("answered_meanwhile", "A colleague has answered meanwhile")
        self.newer = newer


async def require_seen(tx: Connection, conversation_id: UUID, member_id: UUID, seen: UUID) -> None:
    """Raise Unseen when somebody else has answered since the message `seen` (NOTHING: since ever).

    The caller has locked the conversation. Raises Invalid("seen") for a message of another conversation.
    """
    row = await tx.fetchrow(NEWER, conversation_id, member_id, seen)
    if row is None:
        raise Invalid("seen", OUT_OF_DATE)
    if row["id"] is not None:
        raise Unseen(Newer(**row))
