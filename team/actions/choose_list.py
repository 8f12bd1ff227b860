"""A member chooses which conversations the inbox lists, and finds the choice again next time."""

from __future__ import annotations

from uuid import UUID

from runtime.database import Database
from runtime.errors import Invalid
from runtime.i18n import mark

LONGEST = 400
TOO_LONG = mark("This choice is too long to be remembered: choose fewer things at once")
SET = "UPDATE member SET inbox_choice = $2 WHERE id = $1 AND inbox_choice <> $2"


async def choose_list(db: Database, member_id: UUID, query: str) -> None:
    """Store the `query` of the list's address; raises Invalid when it has more than LONGEST characters. It
    concerns nobody else, so it is in no log.
    """
    if len(query) > LONGEST:
        raise Invalid("choice", TOO_LONG)
    await db.screens.execute(SET, member_id, query)
