"""Send a failed message again from the list of failures: as in its thread, and told to the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from conversations.actions.reply import KNOWN, Answer, answer_id, send_again
from conversations.actions.take_over import lock
from conversations.channel import Channel
from runtime.database import Connection
from team.audit import Entry, record


async def resend(
    tx: Connection, answer: Answer, message_id: UUID, channels: Mapping[str, Channel], now: datetime
) -> UUID:
    """Send a message once more in the caller's transaction and return the id of the new one.

    The same `form_id` again returns what it made, and the log tells it once. Raises as `send_again`.
    """
    await lock(tx, answer.workspace_id, answer.conversation_id)
    known = await tx.fetchval(KNOWN, answer_id(answer))
    sent = await send_again(tx, answer, message_id, channels, now)
    if not known:
        entry = Entry(
            workspace_id=answer.workspace_id,
            member_id=answer.member_id,
            action="message.sent_again",
            subject=str(message_id),
            detail={"as": str(sent), "conversation": str(answer.conversation_id)},
        )
        await record(tx, entry, now)
    return sent
