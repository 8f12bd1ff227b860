"""A person takes a conversation over: it is theirs, and the bot falls silent at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from conversations.actions.post import STOPPED
from conversations.actions.silence_bot import silence_bot
from conversations.actions.trail import Act, Done, add_to_trail
from runtime.database import Connection
from runtime.errors import NotFound, Refused
from runtime.live import Change, publish
from team.audit import Entry, record

LOCK = """
SELECT id, status, assignee_id, unread, version, shelf FROM conversation
WHERE id = $1 AND workspace_id = $2 FOR UPDATE
"""
TAKE = """
UPDATE conversation SET status = 'in_progress', assignee_id = $2, waiting_since = NULL,
  snoozed_until = NULL, version = version + 1 WHERE id = $1
"""


async def take_over(
    tx: Connection, workspace_id: UUID, conversation_id: UUID, member_id: UUID, now: datetime
) -> Sequence[UUID]:
    """Make `member_id` responsible and cancel what the bot had not yet sent, in the caller's transaction.

    Returns the ids of the cancelled messages; raises NotFound, or Refused as `require_on_list`. Taking over
    twice changes nothing.
    """
    before = await lock(tx, workspace_id, conversation_id)
    require_on_list(before["shelf"])
    cancelled = await silence_bot(tx, [conversation_id])
    if (before["status"], before["assignee_id"]) == ("in_progress", member_id) and not cancelled:
        return []
    await tx.execute(TAKE, conversation_id, member_id)
    entry = Entry(
        workspace_id=workspace_id,
        member_id=member_id,
        action="conversation.taken_over",
        subject=str(conversation_id),
        detail={"from": str(before["assignee_id"] or ""), "was": before["status"]},
    )
    await record(tx, entry, now)
    if (before["status"], before["assignee_id"]) != ("in_progress", member_id):
        act = Done(conversation_id=conversation_id, act=Act.TAKEN_OVER, member_id=member_id)
        await add_to_trail(tx, [act], now)
    await announce(tx, workspace_id, conversation_id, before["version"] + 1, now)
    return cancelled


async def lock(tx: Connection, workspace_id: UUID, conversation_id: UUID) -> Any:  # noqa: ANN401 (a record)
    """Lock a conversation of the workspace and return its state; raises NotFound."""
    row = await tx.fetchrow(LOCK, conversation_id, workspace_id)
    if row is None:
        raise NotFound("There is no such conversation")
    return row


def require_on_list(shelf: str) -> None:
    """Raise Refused("contact_blocked" | "contact_erased"): conversations of such customers are nobody's work."""
    if shelf:
        code = f"contact_{shelf}"
        raise Refused(code, STOPPED[code])


async def announce(
    tx: Connection, workspace_id: UUID, conversation_id: UUID, version: int, now: datetime
) -> None:
    """Tell the live feed that a conversation changed."""
    change = Change(workspace_id, "conversation", conversation_id, {"version": version})
    await publish(tx, [change], now)
