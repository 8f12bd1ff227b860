"""A member changes their own name and language."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from runtime.database import Connection
from runtime.errors import Invalid
from runtime.live import Change, publish
from team.actions.join import NAMELESS
from team.audit import Entry, record
from team.names import clean_name

SET = "UPDATE member SET name = $2, language = $3 WHERE id = $1 RETURNING workspace_id"


async def change_me(
    tx: Connection, member_id: UUID, name: str, language: str, now: datetime
) -> None:
    """Store both; `language` is a tag that the console speaks. Raises Invalid ("name")."""
    wanted = clean_name(name)
    if not wanted:
        raise Invalid("name", NAMELESS)
    space = await tx.fetchval(SET, member_id, wanted, language[:16])
    entry = Entry(
        workspace_id=space, member_id=member_id, action="member.renamed", subject=str(member_id)
    )
    await record(tx, entry, now)
    await publish(tx, [Change(space, "member", member_id)], now)
