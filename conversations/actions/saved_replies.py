"""Keep, change and remove saved replies."""

from __future__ import annotations

import re
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from runtime.database import Connection
from runtime.errors import Invalid, NotFound, Refused
from runtime.i18n import mark
from runtime.ids import uuid7
from team.audit import Entry, record

# Letters of any script: a shortcut may be 謝謝. No space, since a space ends it in the composer.
SHORTCUT = re.compile(r"[\w-]{1,30}")
LONGEST_TEXT = 5000
MOST = 1000
BAD_SHORTCUT = mark("A shortcut has 1 to 30 letters, digits, - or _, without spaces")
TAKEN = mark("This shortcut is in use already: choose another")
NO_TEXT = mark("Write the reply first")
TOO_LONG = mark("That is too long: 5,000 characters at most, and 80 in the title")
TOO_MANY = mark("There are 1,000 saved replies already: remove some first")
GONE = mark("There is no such saved reply")
NOT_YOURS = mark("This reply belongs to everybody: your role may change only your own")

COUNT = "SELECT count(*) FROM saved_reply WHERE workspace_id = $1"
ADD = """
INSERT INTO saved_reply (id, workspace_id, member_id, shortcut, title, text, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
FIND = """
SELECT member_id, shortcut FROM saved_reply
WHERE workspace_id = $1 AND id = $2 AND (member_id IS NULL OR member_id = $3) FOR UPDATE
"""
CHANGE = """
UPDATE saved_reply SET member_id = $2, shortcut = $3, title = $4, text = $5, changed_at = $6 WHERE id = $1
"""
REMOVE = "DELETE FROM saved_reply WHERE id = $1"


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a member wrote; `shared` makes it everybody's. An empty title becomes the shortcut."""

    shortcut: str
    text: str
    title: str = ""
    shared: bool = False


class Writer(msgspec.Struct, frozen=True):
    """Who writes: a member of a workspace, and whether they may change what is everybody's."""

    workspace_id: UUID
    id: UUID
    may_share: bool


async def add_reply(tx: Connection, writer: Writer, draft: Draft, now: datetime) -> UUID:
    """Keep a reply and return its id; raises Invalid, Refused("not_yours")."""
    wanted, made = _checked(draft), uuid7()
    _require(writer, shared=wanted.shared)
    if await tx.fetchval(COUNT, writer.workspace_id) >= MOST:
        raise Invalid("shortcut", TOO_MANY)
    owner = None if wanted.shared else writer.id
    values = (wanted.shortcut, wanted.title, wanted.text, now)
    try:
        await tx.execute(ADD, made, writer.workspace_id, owner, *values)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("shortcut", TAKEN) from error
    await _note(tx, writer, "saved_reply.added", wanted.shortcut, now)
    return made


async def change_reply(
    tx: Connection, writer: Writer, reply_id: UUID, draft: Draft, now: datetime
) -> None:
    """Change a reply the member sees; raises NotFound, Invalid, Refused("not_yours")."""
    await _find(tx, writer, reply_id)
    wanted = _checked(draft)
    _require(writer, shared=wanted.shared)
    owner = None if wanted.shared else writer.id
    try:
        await tx.execute(CHANGE, reply_id, owner, wanted.shortcut, wanted.title, wanted.text, now)
    except asyncpg.UniqueViolationError as error:
        raise Invalid("shortcut", TAKEN) from error
    await _note(tx, writer, "saved_reply.changed", wanted.shortcut, now)


async def remove_reply(tx: Connection, writer: Writer, reply_id: UUID, now: datetime) -> None:
    """Remove a reply the member sees; raises NotFound and Refused("not_yours")."""
    shortcut = await _find(tx, writer, reply_id)
    await tx.execute(REMOVE, reply_id)
    await _note(tx, writer, "saved_reply.removed", shortcut, now)


async def _find(tx: Connection, writer: Writer, reply_id: UUID) -> str:
    row = await tx.fetchrow(FIND, writer.workspace_id, reply_id, writer.id)
    if row is None:
        raise NotFound(GONE)
    _require(writer, shared=row["member_id"] is None)
    return str(row["shortcut"])


def _require(writer: Writer, *, shared: bool) -> None:
    if shared and not writer.may_share:
        raise Refused("not_yours", NOT_YOURS)


def _checked(draft: Draft) -> Draft:
    shortcut = draft.shortcut.strip().removeprefix("/").lower()
    if not SHORTCUT.fullmatch(shortcut):
        raise Invalid("shortcut", BAD_SHORTCUT)
    text = draft.text.replace("\r\n", "\n").replace("\x00", "").strip()
    title = " ".join(draft.title.replace("\x00", "").split()) or shortcut
    if not text:
        raise Invalid("text", NO_TEXT)
    if len(text) > LONGEST_TEXT or len(title) > 80:
        raise Invalid("text", TOO_LONG)
    return Draft(shortcut=shortcut, text=text, title=title, shared=draft.shared)


async def _note(tx: Connection, writer: Writer, action: str, shortcut: str, now: datetime) -> None:
    entry = Entry(
        workspace_id=writer.workspace_id, member_id=writer.id, action=action, subject=shortcut
    )
    await record(tx, entry, now)
