"""Messenger and Instagram webhook items in their true shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runtime.clock import to_ms
from simulator import shapes

if TYPE_CHECKING:
    from simulator.accounts import Account
    from simulator.messages import Message
    from simulator.speaker import Speaker

# Messenger's thumb; stickers have ids, and since September 2026 a type of their own.
LIKE_STICKER = 369239263222822
LINK_SOURCE = {"messenger": "SHORTLINK", "instagram": "IGME-SOURCE-LINK"}


def mid(account: Account) -> str:
    """Return a new message id."""
    return shapes.messenger_mid() if account.channel == "messenger" else shapes.instagram_mid()


def app_id(account: Account) -> int:
    """Return the id of the app that the account's token belongs to."""
    return int(shapes.scoped_id(f"app {account.secret}"))


def from_person(speaker: Speaker, **rest: Any) -> dict[str, Any]:  # noqa: ANN401 (JSON)
    """Return an item sent by the customer."""
    return {
        "sender": {"id": speaker.customer.external_id},
        "recipient": {"id": speaker.account.external_id},
        "timestamp": speaker.now_ms,
        **rest,
    }


def echo(account: Account, message: Message) -> dict[str, Any]:
    """Return the echo of a message the account sent."""
    told: dict[str, Any] = {"mid": message.external_id, "is_echo": True, "app_id": app_id(account)}
    if message.body.get("metadata"):
        told["metadata"] = message.body["metadata"]
    if message.body.get("text"):
        told["text"] = message.body["text"]
    if message.body.get("attachment"):
        told["attachments"] = [message.body["attachment"]]
    return {
        "sender": {"id": account.external_id},
        "recipient": {"id": message.chat},
        "timestamp": to_ms(message.at),
        "message": told,
    }


def delivered(account: Account, message: Message) -> dict[str, Any]:
    """Return the notice that a message reached the phone (Messenger)."""
    at = to_ms(message.at)
    return {
        "sender": {"id": message.chat},
        "recipient": {"id": account.external_id},
        "timestamp": at,
        "delivery": {"mids": [message.external_id], "watermark": at},
    }


def referral(account: Account, ref: str) -> dict[str, str]:
    """Return how a link into the chat is told."""
    return {"ref": ref, "source": LINK_SOURCE[account.channel], "type": "OPEN_THREAD"}
