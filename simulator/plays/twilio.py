"""WhatsApp's events over Twilio that no gesture makes."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from runtime.errors import Invalid
from simulator import deliveries
from simulator.plays.play import Perform, Play, file_of, last_message
from simulator.twilio import voice

if TYPE_CHECKING:
    import asyncpg

    from simulator.speaker import Speaker


def _file(kind: str, name: str = "") -> Perform:
    async def perform(conn: asyncpg.Connection, who: Speaker) -> None:
        await voice.file(conn, who, file_of(kind), name or kind, shown=f"[{name or kind}]")

    return perform


def _said(words: str, **told: Any) -> Perform:  # noqa: ANN401 (form fields)
    async def perform(conn: asyncpg.Connection, who: Speaker) -> None:
        body = {"type": "text", "text": words or f"[{told.get('MessageType', 'message')}]"}
        await voice.send(conn, who, {"Body": words, "MessageType": "text", **told}, body)

    return perform


def _reaction(emoji: str) -> Perform:
    async def perform(conn: asyncpg.Connection, who: Speaker) -> None:
        message = await last_message(conn, who, "out")
        if not message:
            raise Invalid("event", "There is no message of the shop's to react to.")
        told = {"Body": emoji, "MessageType": "reaction", "OriginalRepliedMessageSid": message}
        await voice.send(
            conn, who, told, {"type": "text", "text": emoji or "[reaction taken back]"}
        )

    return perform


async def _debugger(conn: asyncpg.Connection, who: Speaker) -> None:
    """Tell of an error the way Twilio's debugger does: about no message."""
    params = {
        "AccountSid": who.account.external_id,
        "Sid": "NO" + uuid.uuid4().hex,
        "Level": "ERROR",
        "PayloadType": "application/json",
        "Payload": json.dumps({"error_code": "11200"}),
    }
    event = {"params": params, "idempotency_token": str(uuid.uuid4())}
    await deliveries.enqueue(conn, who.world, who.account, who.chat, event)


AD = {
    "ReferralSourceType": "ad",
    "ReferralSourceId": "120200000000000001",
    "ReferralSourceUrl": "https://fb.me/3example",
    "ReferralHeadline": "Tea house",
    "ReferralCtwaClid": "ARAkLkA8rmlFeiCktEJQ",
}
PLAYS = {
    "video": Play("Video", _file("video")),
    "audio": Play("Voice message", _file("audio")),
    "document": Play("Document", _file("file", "document")),
    "contacts": Play("Contact card", _said("", MessageType="contacts")),
    "unsupported": Play("Something unsupported", _said("", MessageType="unsupported")),
    "from_ad": Play("Write from an ad", _said("Tell me more", **AD)),
    "flow_answers": Play("Answer a form", _said("Sent", MessageType="interactive", InteractiveData='{"size":"large"}')),
    "reaction": Play("React to the last message", _reaction("❤️")),
    "reaction_taken_back": Play("Take the reaction back", _reaction("")),
    "unknown": Play("A notice about no message", _debugger),
}  # fmt: skip
