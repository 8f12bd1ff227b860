"""Note how far a member has read a conversation; colleagues keep what is new to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from conversations.queries import require_conversation
from runtime.database import Connection
from runtime.live import Change, publish

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
FORGET = "DELETE FROM read_mark WHERE conversation_id = ANY ($1::uuid[])"


async def mark_read(
    tx: Connection, workspace_id: UUID, conversation_id: UUID, member_id: UUID, now: datetime
) -> None:
    """Set what is new to this member to nothing, mentions included; raises NotFound. Tells only them."""
    await require_conversation(tx, workspace_id, conversation_id)
    read = await tx.fetchval(READ, conversation_id, member_id)
    seen = await tx.fetch(SEEN, conversation_id, member_id, now)
    if read is not None or seen:
        detail = {"member": str(member_id)}
        await publish(tx, [Change(workspace_id, "read", conversation_id, detail)], now)


async def forget_marks(tx: Connection, conversations: Sequence[UUID]) -> None:
    """Forget how far anybody has read; tells nobody."""
    await tx.execute(FORGET, conversations)
