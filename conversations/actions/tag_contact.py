"""A member puts a tag on a customer, or takes one off; the thread says so in a quiet row."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from conversations.actions.edit_contact import GONE, plain, tell_of_contact
from conversations.actions.tag import TagPut, put_tags
from conversations.actions.trail import Act, Done, add_to_trail
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from team.audit import Entry, record

LONGEST, MOST = 60, 50
NO_NAME = mark("Write a name first")
TOO_LONG = mark("That is too long: 60 characters at most")
TOO_MANY = mark("A customer wears 50 tags at most: take one off first")
# The chat is locked before its contact, as everywhere.
CHAT = """
SELECT id FROM conversation WHERE contact_id = $1 AND workspace_id = $2
ORDER BY (id = $3) DESC NULLS LAST, last_at DESC, id LIMIT 1
"""
LOCK_CHAT = "UPDATE conversation SET version = version + 1 WHERE id = $1"
LOCK = "SELECT 1 FROM contact WHERE id = $1 AND workspace_id = $2 AND erased_at IS NULL FOR NO KEY UPDATE"
KNOWN = "SELECT name FROM tag WHERE workspace_id = $1 AND lower(name) = lower($2) ORDER BY name = $2 DESC LIMIT 1"
WORN = """
SELECT t.name FROM contact_tag c JOIN tag t ON t.id = c.tag_id WHERE c.contact_id = $1
"""
TAKE_OFF = """
DELETE FROM contact_tag c USING tag t
WHERE c.contact_id = $1 AND c.tag_id = $2 AND t.id = c.tag_id AND t.workspace_id = $3 RETURNING t.name
"""


class Tagging(msgspec.Struct, frozen=True, kw_only=True):
    """Whose tag a member (`by`) changes. `conversation_id`: the thread they did it from, which notes it; one of
    the contact's others where that is none of theirs.
    """

    workspace_id: UUID
    contact_id: UUID
    by: UUID
    conversation_id: UUID | None = None


async def tag_contact(tx: Connection, what: Tagging, name: str, now: datetime) -> bool:
    """Put a tag on, making it when it is new; False when it was there. Raises NotFound and Invalid.

    Of a tag that stands already, capitals make no other one.
    """
    wanted = " ".join(plain(name).split())
    if not wanted:
        raise Invalid("value", NO_NAME)
    if len(wanted) > LONGEST:
        raise Invalid("value", TOO_LONG)
    chat = await _lock(tx, what)
    wanted = await tx.fetchval(KNOWN, what.workspace_id, wanted) or wanted
    worn = {row["name"] for row in await tx.fetch(WORN, what.contact_id)}
    if wanted not in worn and len(worn) >= MOST:
        raise Invalid("value", TOO_MANY)
    await put_tags(tx, [TagPut(what.workspace_id, what.contact_id, wanted, "member")], now)
    if wanted in worn:
        return False
    await _tell(tx, what, chat, Act.TAGGED, wanted, now)
    return True


async def untag_contact(tx: Connection, what: Tagging, tag_id: UUID, now: datetime) -> bool:
    """Take a tag off, whatever put it there; False when it was gone already. Raises NotFound."""
    chat = await _lock(tx, what)
    name = await tx.fetchval(TAKE_OFF, what.contact_id, tag_id, what.workspace_id)
    if name is None:
        return False
    await _tell(tx, what, chat, Act.UNTAGGED, name, now)
    return True


async def _lock(tx: Connection, what: Tagging) -> UUID | None:
    chat: UUID | None = await tx.fetchval(
        CHAT, what.contact_id, what.workspace_id, what.conversation_id
    )
    if chat is not None:
        await tx.execute(LOCK_CHAT, chat)
    if await tx.fetchval(LOCK, what.contact_id, what.workspace_id) is None:
        raise NotFound(GONE)
    return chat


async def _tell(
    tx: Connection, what: Tagging, chat: UUID | None, act: Act, tag: str, now: datetime
) -> None:
    if chat is not None:
        done = Done(conversation_id=chat, act=act, member_id=what.by, detail={"tag": tag})
        await add_to_trail(tx, [done], now)
    entry = Entry(
        workspace_id=what.workspace_id,
        member_id=what.by,
        action=f"contact.{act}",
        subject=str(what.contact_id),
        detail={"tag": tag},
    )
    await record(tx, entry, now)
    await tell_of_contact(tx, what.workspace_id, what.contact_id, now)
