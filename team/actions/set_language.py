"""Remember the language a member reads the console in."""

from __future__ import annotations

from uuid import UUID

from runtime.database import Database


async def set_language(db: Database, member_id: UUID, language: str) -> None:
    """Store `language` (a tag such as zh-Hant) for the member."""
    await db.screens.execute(
        "UPDATE member SET language = $2 WHERE id = $1", member_id, language[:16]
    )
