"""What a member has begun to write, as screens read it."""

from __future__ import annotations

from uuid import UUID

from runtime.database import Database

DRAFT = "SELECT text FROM draft WHERE member_id = $1 AND conversation_id = $2"


async def draft_of(db: Database, member_id: UUID, conversation_id: UUID) -> str:
    """Return the member's draft in a conversation, "" without one. The caller checked the workspace."""
    found: str | None = await db.reads.fetchval(DRAFT, member_id, conversation_id)
    return found or ""
