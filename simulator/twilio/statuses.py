"""What becomes of a WhatsApp message after Twilio took it, and the callbacks that tell it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from simulator import deliveries
from simulator.twilio.resources import PREFIX

if TYPE_CHECKING:
    import asyncpg

    from simulator.accounts import Account
    from simulator.messages import Message
    from simulator.world import World

OUTSIDE_WINDOW = 63016
NO_RECIPIENT = 63024
BLOCKED = 63033
BAD_CONTENT = 63005
WORDS = {
    OUTSIDE_WINDOW: "Failed to send freeform message because you are outside the allowed window.",
    NO_RECIPIENT: "Invalid message recipient",
    BLOCKED: "Recipient user blocked to receive message",
    BAD_CONTENT: "Channel did not accept given content. Please consult the documentation for the channel",
}
INSTALL = "XE00000000000000000000000000000001"


def callback(account: Account, message: Message, status: str) -> dict[str, Any]:
    """Return one status callback, as the queue keeps it."""
    params: dict[str, Any] = {
        "AccountSid": account.external_id,
        "ApiVersion": "2010-04-01",
        "MessageSid": message.external_id,
        "SmsSid": message.external_id,
        "MessageStatus": status,
        "SmsStatus": status,
        "From": f"{PREFIX}{account.address}",
        "To": f"{PREFIX}{message.chat}",
        "ChannelPrefix": "whatsapp",
        "ChannelInstallSid": INSTALL,
        "ChannelToAddress": f"{PREFIX}{message.chat}",
    }
    if status in {"delivered", "read"}:
        params["EventType"] = status.upper()
    if message.error_code is not None and status in {"failed", "undelivered"}:
        params["ErrorCode"] = message.error_code
        params["ErrorMessage"] = params["ChannelStatusMessage"] = WORDS[message.error_code]
    return {"params": params, "idempotency_token": str(uuid.uuid4())}


def story(message: Message) -> tuple[str, ...]:
    """Return the statuses a message goes through from the moment it is accepted."""
    if message.status in {"failed", "undelivered"}:
        return ("queued", message.status)
    return ("queued", "sent", "delivered")


async def tell(
    conn: asyncpg.Connection, world: World, account: Account, message: Message, *statuses: str
) -> None:
    """Queue the callbacks of `statuses`, if the sender asked for any."""
    for status in statuses if message.callback_url else ():
        event = callback(account, message, status)
        await deliveries.enqueue(conn, world, account, message.chat, event, message.callback_url)
