"""Block a contact and let them in again: what a blocked one writes is kept, and nobody is troubled by it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from conversations.actions.lock_chats import lock_chats
from conversations.actions.mark_read import forget_marks
from conversations.actions.silence_bot import silence_bot
from conversations.actions.trail import Act, Done, add_to_trail
from conversations.outcomes import failure_change
from runtime.database import Connection
from runtime.errors import NotFound
from runtime.live import Change, publish
from team.audit import Entry, record

# The message that begins a conversation meanwhile waits for this, and finds the contact blocked.
LOCK = "SELECT blocked_at FROM contact WHERE id = $1 AND workspace_id = $2 AND erased_at IS NULL FOR UPDATE"
SET = "UPDATE contact SET blocked_at = $2 WHERE id = $1"
# Nobody has it and nobody waits: closed conversations are the only ones of a blocked contact.
SHELVE = """
UPDATE conversation SET shelf = 'blocked', status = 'closed', assignee_id = NULL, waiting_since = NULL, unread = 0,
  snoozed_until = NULL, answered_at = NULL, warned_at = NULL, version = version + 1
WHERE contact_id = $1 RETURNING id
"""
UNSHELVE = (
    "UPDATE conversation SET shelf = '', version = version + 1 WHERE contact_id = $1 RETURNING id"
)


class Blocking(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a member blocks or lets in again."""

    workspace_id: UUID
    contact_id: UUID
    member_id: UUID


async def block(tx: Connection, who: Blocking, now: datetime) -> bool:
    """Block the contact in the caller's transaction; an event worked on after its commit is not answered.

    What the bot had not yet begun to send is cancelled. Returns False when they were blocked already; raises
    NotFound, also for another workspace's.
    """
    if await _lock(tx, who):
        return False
    await tx.execute(SET, who.contact_id, now)
    chats = [row["id"] for row in await tx.fetch(SHELVE, who.contact_id)]
    await forget_marks(tx, chats)
    stopped = await silence_bot(tx, chats)
    await _tell(tx, who, chats, Act.BLOCKED, now)
    if stopped:
        await publish(tx, [failure_change(who.workspace_id, chat) for chat in chats], now)
    return True


async def unblock(tx: Connection, who: Blocking, now: datetime) -> bool:
    """Let the contact in again; returns False when they were not blocked. Raises NotFound."""
    if not await _lock(tx, who):
        return False
    await tx.execute(SET, who.contact_id, None)
    chats = [row["id"] for row in await tx.fetch(UNSHELVE, who.contact_id)]
    await _tell(tx, who, chats, Act.UNBLOCKED, now)
    return True


async def _lock(tx: Connection, who: Blocking) -> bool:
    """Lock the contact and their conversations; say whether they are blocked."""
    await lock_chats(tx, who.workspace_id, [who.contact_id])
    row = await tx.fetchrow(LOCK, who.contact_id, who.workspace_id)
    if row is None:
        raise NotFound("There is no such customer")
    return row["blocked_at"] is not None


async def _tell(
    tx: Connection, who: Blocking, chats: Sequence[UUID], act: Act, now: datetime
) -> None:
    entry = Entry(
        workspace_id=who.workspace_id,
        member_id=who.member_id,
        action=f"contact.{act}",
        subject=str(who.contact_id),
    )
    await record(tx, entry, now)
    done = [Done(conversation_id=chat, act=act, member_id=who.member_id) for chat in chats]
    await add_to_trail(tx, done, now)
    changes = [Change(who.workspace_id, "conversation", chat) for chat in chats]
    changes.append(Change(who.workspace_id, "contact", who.contact_id, {"state": str(act)}))
    await publish(tx, changes, now)
