"""Write a note into a thread: for the team alone, with colleagues called by name."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID, uuid5

import msgspec

from conversations.actions.reply import clean
from conversations.actions.take_over import announce, lock
from conversations.notes import LONGEST, called_in
from runtime.database import Connection
from runtime.errors import Invalid
from runtime.ids import uuid7
from runtime.live import Change, publish
from team.roles import Right, holders

# As for answers: a form posted twice is one note.
NOTES = UUID("0d5c3c54-7f0a-4c55-9d26-3f6a1f0f5a02")
EMPTY = "Write something first"
TOO_LONG = "Keep a note within 4,000 characters"
READERS = holders(Right.READ_INBOX)
NAMES = """
SELECT id, name FROM member WHERE workspace_id = $1 AND active AND role = ANY ($2::text[]) ORDER BY name, id
"""
ADD = """
INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, member_id, kind, text,
  content, provider_at, received_at)
SELECT $1, c.workspace_id, c.id, c.account_id, 'own', 'member', $3, 'note', $4, $5::text::jsonb, $6, $6
FROM conversation c WHERE c.id = $2 ON CONFLICT (id) DO NOTHING RETURNING id
"""
MENTION = """
INSERT INTO mention (id, member_id, by_id, conversation_id, message_id, at)
SELECT id, m, $3, $4, $5, $6 FROM unnest($1::uuid[], $2::uuid[]) AS u (id, m)
"""
TOUCH = "UPDATE conversation SET version = version + 1 WHERE id = $1"


class NewNote(msgspec.Struct, frozen=True, kw_only=True):
    """What a member writes for the team. `form_id` names the filled-in form."""

    workspace_id: UUID
    conversation_id: UUID
    member_id: UUID
    form_id: str
    text: str


async def add_note(tx: Connection, new: NewNote, now: datetime) -> list[UUID]:
    """Add a note in the caller's transaction; returns who was called. The list, the status and what is
    unread stay as they are. Raises NotFound or Invalid("text").
    """
    text = clean(new.text)
    if not text:
        raise Invalid("text", EMPTY)
    if len(text) > LONGEST:
        raise Invalid("text", TOO_LONG)
    before = await lock(tx, new.workspace_id, new.conversation_id)
    key = uuid5(NOTES, f"{new.member_id}:{new.conversation_id}:{new.form_id}")
    people = await tx.fetch(NAMES, new.workspace_id, sorted(READERS))
    names = {row["id"]: row["name"] for row in people}
    called = called_in(text, names)
    facts = {"mentions": [{"id": str(one), "name": names[one]} for one in called]}
    row = (key, new.conversation_id, new.member_id, text, json.dumps(facts), now)
    if await tx.fetchval(ADD, *row) is None:
        return []
    others = [one for one in called if one != new.member_id]
    await _call(tx, others, new, key, now)
    await tx.execute(TOUCH, new.conversation_id)
    await announce(tx, new.workspace_id, new.conversation_id, before["version"] + 1, now)
    return others


async def _call(
    tx: Connection, called: list[UUID], new: NewNote, note_id: UUID, now: datetime
) -> None:
    if not called:
        return
    ids = [uuid7() for _ in called]
    await tx.execute(MENTION, ids, called, new.member_id, new.conversation_id, note_id, now)
    changes = [
        Change(new.workspace_id, "mention", new.conversation_id, {"member": str(one)})
        for one in called
    ]
    await publish(tx, changes, now)
