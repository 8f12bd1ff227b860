"""What a WhatsApp customer can do, and the webhook forms Twilio makes of it."""

from __future__ import annotations

import dataclasses
import io
import uuid
from typing import TYPE_CHECKING, Any

from runtime.errors import Invalid
from simulator import media, messages, shapes
from simulator.messages import Message
from simulator.speaker import Speaker, tell
from simulator.twilio import statuses
from simulator.twilio.resources import PREFIX

if TYPE_CHECKING:
    import asyncpg

    from simulator.media import Media


async def text(conn: asyncpg.Connection, speaker: Speaker, words: str) -> str:
    """Send words; return the message's SID."""
    return await send(
        conn, speaker, {"MessageType": "text", "Body": words}, {"type": "text", "text": words}
    )


async def photo(conn: asyncpg.Connection, speaker: Speaker, photo_file: Media) -> str:
    """Send a photo; return the message's SID."""
    return await file(conn, speaker, photo_file, "image")


async def sticker(conn: asyncpg.Connection, speaker: Speaker) -> str:
    """Send a sticker, which is a WebP picture; return the message's SID."""
    return await file(conn, speaker, _sticker(), "sticker")


async def location(conn: asyncpg.Connection, speaker: Speaker, place: dict[str, Any]) -> str:
    """Send a place; return the message's SID."""
    told = {
        "MessageType": "location",
        "Body": "",
        "Latitude": place["latitude"],
        "Longitude": place["longitude"],
        "Address": place["address"],
        "Label": place["title"],
    }
    return await send(conn, speaker, told, {"type": "location", **place})


async def tap(
    conn: asyncpg.Connection, speaker: Speaker, message: Message, action: dict[str, Any]
) -> None:
    """Tap a quick reply or an item of a list."""
    replied = {
        "OriginalRepliedMessageSid": message.external_id,
        "OriginalRepliedMessageSender": f"{PREFIX}{speaker.account.address}",
    }
    if "item" in action:
        words = action["item"]
        told = {"MessageType": "interactive", "ListId": action["id"], "ListTitle": words}
    elif "title" in action and "id" in action:
        words = action["title"]
        told = {"MessageType": "button", "ButtonText": words, "ButtonPayload": action["id"]}
    else:
        raise Invalid("action", "This button stays on the phone and sends nothing.")
    body = {"type": "text", "text": words}
    await send(conn, speaker, {"Body": words, **told, **replied}, body)


async def read(conn: asyncpg.Connection, speaker: Speaker) -> None:
    """Look at the chat: each delivered message becomes read, with its callback."""
    rows = await conn.fetch(
        "UPDATE simulator.message SET status = 'read' WHERE account_id = $1 AND chat = $2"
        " AND direction = 'out' AND status = 'delivered'"
        " RETURNING id, chat, external_id, direction, kind, body, at, status, callback_url",
        speaker.account.id,
        speaker.chat,
    )
    for row in sorted(rows, key=lambda row: int(row["id"])):
        await statuses.tell(conn, speaker.world, speaker.account, Message(**row), "read")
    if rows:
        await messages.touch(conn, speaker.account)


async def file(
    conn: asyncpg.Connection, speaker: Speaker, sent: Media, kind: str, *, shown: str = ""
) -> str:
    """Send a file as a message of `kind`; the phone shows it as a picture, or as the words `shown`."""
    sent = dataclasses.replace(sent, id=shapes.twilio_sid("ME"))
    sid = shapes.twilio_sid("MM")
    account = speaker.account
    url = (
        f"{speaker.world.base_url}/twilio/2010-04-01/Accounts/{account.external_id}"
        f"/Messages/{sid}/Media/{sent.id}"
    )
    told = {
        "MessageType": kind,
        "Body": "",
        "NumMedia": 1,
        "MediaUrl0": url,
        "MediaContentType0": sent.content_type,
    }
    await media.add(conn, account.id, sid, sent)
    body = {"type": "text", "text": shown} if shown else {"type": "image", "media": sent.file_name}
    return await send(conn, speaker, told, body, sid)


async def send(
    conn: asyncpg.Connection,
    speaker: Speaker,
    told: dict[str, Any],
    body: dict[str, Any],
    sid: str = "",
) -> str:
    """Send a message of these fields, shown on the phone as `body`; return its SID."""
    sid = sid or shapes.twilio_sid("SM")
    person = speaker.customer.external_id
    params: dict[str, Any] = {
        "AccountSid": speaker.account.external_id,
        "ApiVersion": "2010-04-01",
        "MessageSid": sid,
        "SmsSid": sid,
        "SmsMessageSid": sid,
        "SmsStatus": "received",
        "From": f"{PREFIX}{person}",
        "To": f"{PREFIX}{speaker.account.address}",
        "ProfileName": speaker.customer.name,
        "ExternalUserId": f"{PREFIX}{shapes.business_scoped_id(person)}",
        "NumMedia": 0,
        "NumSegments": 1,
        "ReferralNumMedia": 0,
        **told,
    }
    if person.startswith("+"):
        params["WaId"] = person.removeprefix("+")
    event = {"params": params, "idempotency_token": str(uuid.uuid4())}
    kind = body["type"]
    await tell(conn, speaker, event, speaker.message(sid, kind, body))
    return sid


def _sticker() -> Media:
    from PIL import Image, ImageDraw  # noqa: PLC0415 (costs 40 ms, needed once in a while)

    picture = Image.new("RGBA", (256, 256), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((20, 20, 236, 236), fill="#E2B34B")
    draw.ellipse((80, 90, 104, 124), fill="#22252B")
    draw.ellipse((152, 90, 176, 124), fill="#22252B")
    draw.arc((76, 100, 180, 190), 20, 160, fill="#22252B", width=10)
    out = io.BytesIO()
    picture.save(out, "WEBP")
    return media.check("image/webp", out.getvalue())
