"""Rename a tag, put two together, remove one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from conversations.actions.merged_tags import note_merge
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from runtime.live import Change, publish
from team.audit import Entry, record

LONGEST = 60
NO_NAME = mark("Write a name first")
TOO_LONG = mark("That is too long: 60 characters at most")
TAKEN = mark("There is already a tag of this name: merge the two instead")
SAME = mark("Choose another tag to merge into")
GONE = mark("There is no such tag")

# Both rows of a merge are locked in one order, whichever way round it is asked for.
LOCK = "SELECT id, name FROM tag WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR UPDATE"
RENAME = "UPDATE tag SET name = $2 WHERE id = $1"
MOVE = """
INSERT INTO contact_tag (contact_id, tag_id, source, at)
SELECT contact_id, $2, source, at FROM contact_tag WHERE tag_id = $1 ORDER BY contact_id
ON CONFLICT (contact_id, tag_id) DO UPDATE SET source = excluded.source
WHERE contact_tag.source = 'claim' AND excluded.source <> 'claim'
"""
TAKE_OFF = "DELETE FROM contact_tag WHERE tag_id = $1"
REMOVE = "DELETE FROM tag WHERE id = $1"


async def rename_tag(
    tx: Connection, workspace_id: UUID, tag_id: UUID, name: str, now: datetime, *, by: UUID
) -> tuple[str, str]:
    """Give a tag another name and return the old and the new one; raises NotFound and Invalid."""
    before = (await _lock(tx, workspace_id, tag_id))[tag_id]
    wanted = " ".join(name.replace("\x00", "").split())
    if not wanted:
        raise Invalid("name", NO_NAME)
    if len(wanted) > LONGEST:
        raise Invalid("name", TOO_LONG)
    try:
        await tx.execute(RENAME, tag_id, wanted)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("name", TAKEN) from error
    entry = Entry(
        workspace_id=workspace_id,
        member_id=by,
        action="tag.renamed",
        subject=before,
        detail={"name": wanted},
    )
    await _tell(tx, entry, tag_id, now)
    return before, wanted


async def merge_tags(
    tx: Connection, workspace_id: UUID, tag_id: UUID, into: UUID | None, now: datetime, *, by: UUID
) -> tuple[str, str]:
    """Put `into` on every contact of the tag, remove the tag, and return both names; raises NotFound, Invalid."""
    others = [] if into is None or into == tag_id else [into]
    names = await _lock(tx, workspace_id, tag_id, *others)
    if into is None or not others:
        raise Invalid("into", SAME)
    await tx.execute(MOVE, tag_id, into)
    await note_merge(tx, tag_id, into)
    await tx.execute(TAKE_OFF, tag_id)
    await tx.execute(REMOVE, tag_id)
    entry = Entry(
        workspace_id=workspace_id,
        member_id=by,
        action="tag.merged",
        subject=names[tag_id],
        detail={"into": names[into]},
    )
    await _tell(tx, entry, tag_id, now)
    return names[tag_id], names[into]


async def remove_tag(
    tx: Connection, workspace_id: UUID, tag_id: UUID, now: datetime, *, by: UUID
) -> None:
    """Take a tag off every contact and remove it; raises NotFound."""
    name = (await _lock(tx, workspace_id, tag_id))[tag_id]
    await tx.execute(TAKE_OFF, tag_id)
    await tx.execute(REMOVE, tag_id)
    entry = Entry(workspace_id=workspace_id, member_id=by, action="tag.removed", subject=name)
    await _tell(tx, entry, tag_id, now)


async def _lock(tx: Connection, workspace_id: UUID, *tags: UUID) -> dict[UUID, str]:
    rows = await tx.fetch(LOCK, workspace_id, list(tags))
    if len(rows) != len(tags):
        raise NotFound(GONE)
    return {row["id"]: row["name"] for row in rows}


async def _tell(tx: Connection, entry: Entry, tag_id: UUID, now: datetime) -> None:
    await record(tx, entry, now)
    await publish(tx, [Change(entry.workspace_id, "tag", tag_id)], now)
