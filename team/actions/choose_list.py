"""A member chooses which conversations the inbox lists, and finds the choice again next time."""

from __future__ import annotations

from uuid import UUID

from runtime.database import Database

LONGEST = 400
SET = "UPDATE member SET inbox_choice = $2 WHERE id = $1 AND inbox_choice <> $2"


async def choose_list(db: Database, member_id: UUID, query: str) -> None:
    """Store the `query` of the list's address, at most LONGEST characters. It concerns nobody else, so it is
    in no log.
    """
    await db.screens.execute(SET, member_id, query)
