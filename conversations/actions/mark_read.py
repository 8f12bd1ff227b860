"""Note how far a member has read a conversation; colleagues keep what is new to them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from runtime.database import Connection
from runtime.errors import NotFound
from runtime.live import Change, publish

KNOWN = "SELECT 1 FROM conversation WHERE id = $1 AND workspace_id = $2"
# The lock keeps a closing conversation from leaving the mark behind.
READ = """
INSERT INTO read_mark (conversation_id, member_id, seen)
SELECT id, $2, unread FROM (SELECT id, unread FROM conversation WHERE id = $1 FOR SHARE) c WHERE unread > 0
ON CONFLICT (conversation_id, member_id) DO UPDATE SET seen = excluded.seen
WHERE read_mark.seen <> excluded.seen RETURNING seen
"""
SEEN = """
UPDATE mention SET seen_at = $3 WHERE conversation_id = $1 AND member_id = $2 AND seen_at IS NULL
RETURNING id
"""


async def mark_read(
    tx: Connection, workspace_id: UUID, conversation_id: UUID, member_id: UUID, now: datetime
) -> None:
    """Set what is new to this member to nothing, mentions included; raises NotFound. Tells only them."""
    if not await tx.fetchval(KNOWN, conversation_id, workspace_id):
        raise NotFound("There is no such conversation")
    read = await tx.fetchval(READ, conversation_id, member_id)
    seen = await tx.fetch(SEEN, conversation_id, member_id, now)
    if read is not None or seen:
        detail = {"member": str(member_id)}
        await publish(tx, [Change(workspace_id, "read", conversation_id, detail)], now)
