"""Keep what a member has begun to write, wherever they go on writing it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from conversations.actions.answers import answer_id
from runtime.database import Connection
from runtime.errors import Invalid, NotFound
from runtime.live import Change, publish

LONGEST = 10_000
TOO_LONG = "A draft is kept up to 10,000 characters: send a part of it first"
# Waits for an answer that is being written down, and for an erasing (both lock FOR UPDATE); what is asked
# afterwards sees it. Who erases waits for us, and then takes the draft along.
KNOWN = "SELECT 1 FROM conversation WHERE id = $1 AND workspace_id = $2 AND shelf <> 'erased' FOR KEY SHARE"
KEEP = """
WITH was AS (SELECT text <> '' AS begun FROM draft WHERE member_id = $1 AND conversation_id = $2), kept AS (
  INSERT INTO draft (member_id, conversation_id, text, form, place, at)
  SELECT $1, $2, $3, $4, $5, $6 WHERE NOT EXISTS (SELECT 1 FROM message WHERE id = $7)
  ON CONFLICT (member_id, conversation_id) DO UPDATE SET text = excluded.text, form = excluded.form,
    place = excluded.place, at = excluded.at
  WHERE draft.form <> excluded.form OR draft.place < excluded.place RETURNING text <> '' AS begun)
SELECT kept.begun <> coalesce((SELECT begun FROM was), false) FROM kept
"""
DROP = "DELETE FROM draft WHERE member_id = $1 AND conversation_id = $2 RETURNING text <> ''"


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a form. `form_id` names the form, `place` counts how often it was saved before."""

    workspace_id: UUID
    conversation_id: UUID
    member_id: UUID
    form_id: str
    place: int
    text: str


async def keep_draft(tx: Connection, new: Writing, now: datetime) -> None:
    """Keep the words in the caller's transaction, in place of what was kept before.

    What was saved earlier but arrives later is dropped, and so is all of a form whose answer has been
    sent. Raises NotFound, also once the customer has been erased, or Invalid("text").
    """
    text = new.text.replace("\r\n", "\n").replace("\x00", "")
    if len(text) > LONGEST:
        raise Invalid("text", TOO_LONG)
    if not await tx.fetchval(KNOWN, new.conversation_id, new.workspace_id):
        raise NotFound("There is no such conversation")
    sent = answer_id(new.member_id, new.conversation_id, new.form_id)
    row = (new.member_id, new.conversation_id, text if text.strip() else "", new.form_id, new.place)
    if await tx.fetchval(KEEP, *row, now, sent):
        await _tell(tx, new.workspace_id, new.conversation_id, new.member_id, now)


async def drop_draft(
    tx: Connection, workspace_id: UUID, conversation_id: UUID, member_id: UUID, now: datetime
) -> None:
    """Forget a member's draft: its answer is written down in the same transaction, under a lock of the
    conversation.
    """
    if await tx.fetchval(DROP, member_id, conversation_id):
        await _tell(tx, workspace_id, conversation_id, member_id, now)


async def _tell(
    tx: Connection, workspace_id: UUID, conversation_id: UUID, member_id: UUID, now: datetime
) -> None:
    detail = {"member": str(member_id)}
    await publish(tx, [Change(workspace_id, "draft", conversation_id, detail)], now)
