"""Send a message again because a member asks: the only way an unknown or failed one is repeated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from conversations import content as contents
from conversations.actions.post import NewMessage, post
from conversations.channel import Channel
from runtime.database import Connection
from runtime.errors import NotFound, Refused

FIND = """
SELECT m.conversation_id, m.content, m.state, m.claim_id, m.error_code, m.trigger FROM message m
WHERE m.id = $1 AND m.workspace_id = $2 AND m.direction = 'out' AND m.author <> 'elsewhere' FOR UPDATE
"""
LOCK = "SELECT 1 FROM conversation WHERE id = (SELECT conversation_id FROM message WHERE id = $1) FOR UPDATE"
MARK = "UPDATE message SET error_code = 'resent' WHERE id = $1"


async def resend(
    tx: Connection,
    message_id: UUID,
    member: tuple[UUID, UUID, str],
    channels: Mapping[str, Channel],
    now: datetime,
) -> UUID:
    """Post the content of a message again as `member` (workspace id, member id, name shown to the
    customer) and return the new message's id.

    Raises NotFound, and Refused unless it is unknown or failed and was not sent again before, or when it
    cannot be posted now (window closed). Wake the live feed and the deliverer after the commit.
    """
    workspace_id, member_id, name = member
    await tx.execute(LOCK, message_id)
    row = await tx.fetchrow(FIND, message_id, workspace_id)
    if row is None:
        raise NotFound("There is no such message")
    if row["state"] not in {"unknown", "failed"}:
        raise Refused("not_resendable", "This message has arrived or is on its way")
    if row["error_code"] == "resent":
        raise Refused("already_resent", "This message was already sent again")
    again = NewMessage(
        conversation_id=row["conversation_id"],
        content=contents.decode(json.dumps(row["content"])),
        queue="agent",
        author="member",
        member_id=member_id,
        sender_name=name,
        human=True,
        claim_id=row["claim_id"],
        trigger=row["trigger"],
    )
    refused = await post(tx, [again], channels, now)
    if again.id in refused:
        raise Refused(refused[again.id].code, refused[again.id].text)
    await tx.execute(MARK, message_id)
    return again.id
