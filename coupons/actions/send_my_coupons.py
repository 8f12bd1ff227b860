"""Send a customer the link to their coupons, into their own chat and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from conversations.actions.post import NewMessage, post
from conversations.channel import Channel
from conversations.content import Text
from conversations.window import window
from coupons.my_coupons import TRIGGER, link_message
from runtime.database import Connection

GAP = timedelta(minutes=1)

# The chat the claim came through, if it is still this customer's, else the one they wrote in last.
CHAT = """
SELECT c.id, c.customer_at, a.channel FROM conversation c JOIN channel_account a ON a.id = c.account_id
WHERE c.contact_id = $1 ORDER BY (c.id = $2) DESC NULLS LAST, c.customer_at DESC NULLS LAST, c.id LIMIT 1
FOR UPDATE OF c
"""
RECENT = """
SELECT EXISTS (SELECT 1 FROM message WHERE conversation_id = $1 AND direction = 'out' AND trigger = $2
  AND provider_at > $3)
"""


async def send_my_coupons(
    tx: Connection,
    channels: Mapping[str, Channel],
    contact_id: UUID,
    conversation_id: UUID | None,
    words: tuple[str, str],
    now: datetime,
) -> Literal["sent", "wait", "closed"]:
    """Post the link into the chat; `words` are its address and the language.

    `wait`: one went out within the last minute. `closed`: the channel lets nobody write now, or there is no
    chat; the customer must write first. Wake the live feed after the commit.
    """
    chat = await tx.fetchrow(CHAT, contact_id, conversation_id)
    if chat is None:
        return "closed"
    if await tx.fetchval(RECENT, chat["id"], TRIGGER, now - GAP):
        return "wait"
    limits = window(channels[chat["channel"]].abilities, chat["customer_at"])
    if not limits.is_open(now, human=False):
        return "closed"
    content = Text(link_message(*words))
    message = NewMessage(conversation_id=chat["id"], content=content, trigger=TRIGGER)
    refused = await post(tx, [message], channels, now)
    return "closed" if refused else "sent"
