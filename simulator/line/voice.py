"""What a LINE customer can do, and the events it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runtime.errors import Invalid
from simulator import deliveries, media, messages, shapes
from simulator.line import events
from simulator.speaker import Speaker, tell

if TYPE_CHECKING:
    import asyncpg

    from simulator.media import Media


async def text(conn: asyncpg.Connection, speaker: Speaker, words: str) -> str:
    """Send words; return the message id."""
    message_id = shapes.line_message()
    return await _message(
        conn, speaker, "text", events.text(message_id, words), {"type": "text", "text": words}
    )


async def photo(conn: asyncpg.Connection, speaker: Speaker, file: Media) -> str:
    """Send a photo; return the message id."""
    message_id = shapes.line_message()
    await media.add(conn, speaker.account.id, message_id, file)
    body = {"type": "image", "media": file.file_name}
    return await _message(conn, speaker, "image", events.image(message_id), body)


async def sticker(conn: asyncpg.Connection, speaker: Speaker) -> str:
    """Send a sticker; return the message id."""
    told = events.sticker(shapes.line_message())
    body = {"type": "sticker", "packageId": told["packageId"], "stickerId": told["stickerId"]}
    return await _message(conn, speaker, "sticker", told, body)


async def location(conn: asyncpg.Connection, speaker: Speaker, place: dict[str, Any]) -> str:
    """Send a place; return the message id."""
    told = events.location(shapes.line_message(), place)
    return await _message(conn, speaker, "location", told, {"type": "location", **place})


async def follow(conn: asyncpg.Connection, speaker: Speaker, *, again: bool) -> None:
    """Add the account as a friend, or unblock it (`again`)."""
    event = events.event(
        "follow",
        events.source(speaker.customer.external_id),
        speaker.now_ms,
        replyToken=await reply_token(conn, speaker),
        follow={"isUnblocked": again},
    )
    await tell(conn, speaker, event)


async def unfollow(conn: asyncpg.Connection, speaker: Speaker) -> None:
    """Block the account."""
    source = events.source(speaker.customer.external_id)
    event = events.event("unfollow", source, speaker.now_ms)
    await deliveries.enqueue(conn, speaker.world, speaker.account, speaker.chat, event)


async def unsend(conn: asyncpg.Connection, speaker: Speaker, message_id: str) -> None:
    """Take a message back."""
    await messages.set_body(conn, speaker.account, message_id, {"type": "unsent"})
    source = events.source(speaker.customer.external_id, speaker.group)
    event = events.event("unsend", source, speaker.now_ms, unsend={"messageId": message_id})
    await deliveries.enqueue(conn, speaker.world, speaker.account, speaker.chat, event)


async def tap(conn: asyncpg.Connection, speaker: Speaker, action: dict[str, Any]) -> None:
    """Tap a button or a quick reply."""
    match action.get("type"):
        case "message":
            await text(conn, speaker, str(action["text"]))
        case "postback" | "datetimepicker":
            shown = action.get("displayText") or action.get("text")
            if shown:
                body = {"type": "text", "text": str(shown)}
                message = speaker.message(shapes.line_message(), "text", body)
                await messages.add(conn, speaker.account, message)
            await _postback(conn, speaker, action)
        case kind:
            raise Invalid(
                "action", f"A tap on a {kind} action stays on the phone and sends nothing."
            )


async def _postback(conn: asyncpg.Connection, speaker: Speaker, action: dict[str, Any]) -> None:
    told: dict[str, Any] = {"data": action["data"]}
    if action["type"] == "datetimepicker":
        mode = action["mode"]
        formats = {"date": "%Y-%m-%d", "time": "%H:%M", "datetime": "%Y-%m-%dT%H:%M"}
        told["params"] = {mode: f"{speaker.world.clock.now():{formats[mode]}}"}
    event = events.event(
        "postback",
        events.source(speaker.customer.external_id, speaker.group),
        speaker.now_ms,
        replyToken=await reply_token(conn, speaker),
        postback=told,
    )
    await tell(conn, speaker, event)


async def _message(
    conn: asyncpg.Connection,
    speaker: Speaker,
    kind: str,
    told: dict[str, Any],
    body: dict[str, Any],
) -> str:
    message_id: str = told["id"]
    event = events.event(
        "message",
        events.source(speaker.customer.external_id, speaker.group),
        speaker.now_ms,
        replyToken=await reply_token(conn, speaker),
        message=told,
    )
    await tell(conn, speaker, event, speaker.message(message_id, kind, body))
    return message_id


async def reply_token(conn: asyncpg.Connection, speaker: Speaker) -> str:
    """Issue a reply token for this chat."""
    token = shapes.hex32()
    await conn.execute(
        "INSERT INTO simulator.reply_token (token, account_id, chat, issued_at) VALUES ($1, $2, $3, $4)",
        token,
        speaker.account.id,
        speaker.chat,
        speaker.world.clock.now(),
    )
    return token
