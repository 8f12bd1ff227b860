"""What a Messenger or Instagram customer can do, and the webhook items it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runtime.clock import to_ms
from runtime.errors import Invalid
from simulator import deliveries, media, messages
from simulator.meta import events
from simulator.speaker import Speaker, tell

if TYPE_CHECKING:
    import asyncpg

    from simulator.media import Media
    from simulator.messages import Message

MOST_EDITS = 5
REACTIONS = {"❤": "love", "👍": "like", "😆": "smile", "😮": "wow", "😢": "sad", "😠": "angry"}


async def text(conn: asyncpg.Connection, speaker: Speaker, words: str) -> str:
    """Send words; return the mid."""
    return await _message(conn, speaker, {"text": words}, {"type": "text", "text": words})


async def photo(conn: asyncpg.Connection, speaker: Speaker, file: Media) -> str:
    """Send a photo, told by an address on the platform's own file server; return the mid."""
    url = f"{speaker.world.base_url}/media/{file.file_name}"
    told = {"attachments": [{"type": "image", "payload": {"url": url}}]}
    mid = await _message(conn, speaker, told, {"type": "image", "media": file.file_name})
    await media.add(conn, speaker.account.id, mid, file)
    return mid


async def sticker(conn: asyncpg.Connection, speaker: Speaker) -> str:
    """Send a thumb (Messenger) or a heart, which has no payload (Instagram); return the mid."""
    if speaker.account.channel == "instagram":
        return await _message(
            conn, speaker, {"attachments": [{"type": "like_heart"}]}, {"type": "like"}
        )
    payload = {
        "url": f"{speaker.world.base_url}/assets/like.png",
        "sticker_id": events.LIKE_STICKER,
    }
    told = {"attachments": [{"type": "sticker", "payload": payload}]}
    return await _message(conn, speaker, told, {"type": "sticker"})


async def location(conn: asyncpg.Connection, speaker: Speaker, place: dict[str, Any]) -> str:
    """Send a place (Messenger); return the mid."""
    if speaker.account.channel == "instagram":
        raise Invalid("action", "Instagram has no location messages.")
    where = {"lat": place["latitude"], "long": place["longitude"]}
    told = {
        "attachments": [
            {"type": "location", "payload": {"title": place["title"], "coordinates": where}}
        ]
    }
    return await _message(conn, speaker, told, {"type": "location", **place})


async def get_started(conn: asyncpg.Connection, speaker: Speaker, ref: str) -> None:
    """Press Get Started, having come through a link with `ref` when there is one."""
    told: dict[str, Any] = {
        "mid": events.mid(speaker.account),
        "title": "Get Started",
        "payload": "GET_STARTED",
    }
    if ref:
        told["referral"] = events.referral(speaker.account, ref)
    shown = speaker.message(told["mid"], "text", {"type": "text", "text": told["title"]})
    await tell(conn, speaker, events.from_person(speaker, postback=told), shown)


async def referral(conn: asyncpg.Connection, speaker: Speaker, ref: str) -> None:
    """Come back into the chat through a link with `ref`."""
    told = events.referral(speaker.account, ref)
    await tell(conn, speaker, events.from_person(speaker, referral=told))


async def tap(
    conn: asyncpg.Connection, speaker: Speaker, message: Message, action: dict[str, Any]
) -> None:
    """Tap a quick reply, a postback button or a coupon."""
    if "content_type" in action:
        await _quick_reply(conn, speaker, action)
    elif action.get("template_type") == "coupon" and action.get("coupon_code"):
        await _reveal(conn, speaker, message, action)
    elif action.get("type") == "postback":
        told = {
            "mid": events.mid(speaker.account),
            "title": action["title"],
            "payload": action["payload"],
        }
        shown = speaker.message(told["mid"], "text", {"type": "text", "text": action["title"]})
        await tell(conn, speaker, events.from_person(speaker, postback=told), shown)
    else:
        raise Invalid("action", "This button stays on the phone and sends nothing.")


async def _quick_reply(conn: asyncpg.Connection, speaker: Speaker, action: dict[str, Any]) -> None:
    own = {"user_phone_number": "+886912345678", "user_email": "customer@mail.example"}
    words = action.get("title") or own[action["content_type"]]
    payload = action.get("payload") or words
    told = {"text": words, "quick_reply": {"payload": payload}}
    await _message(conn, speaker, told, {"type": "text", "text": words})


async def _reveal(
    conn: asyncpg.Connection, speaker: Speaker, message: Message, coupon: dict[str, Any]
) -> None:
    """Show a coupon's hidden code on the phone and tell that it was asked for."""
    code = coupon["coupon_code"]
    attachment = {**message.body["attachment"], "payload": {**coupon, "revealed": code}}
    body = {**message.body, "attachment": attachment}
    await messages.set_body(conn, speaker.account, message.external_id, body)
    told = {"type": "coupon", "payload": coupon.get("payload", ""), "coupon_code": code}
    await tell(conn, speaker, events.from_person(speaker, template=told))


async def unsend(conn: asyncpg.Connection, speaker: Speaker, mid: str) -> None:
    """Take a message back (Instagram): the same mid again, deleted."""
    await messages.set_body(conn, speaker.account, mid, {"type": "unsent"})
    await _queue(conn, speaker, message={"mid": mid, "is_deleted": True})


async def edit(conn: asyncpg.Connection, speaker: Speaker, message: Message, words: str) -> None:
    """Change the words of a message; raises Invalid after the fifth time."""
    times = message.body.get("edited", 0) + 1
    if message.kind != "text" or not words.strip():
        raise Invalid("text", "Only text can be edited, and it cannot be empty.")
    if times > MOST_EDITS:
        raise Invalid("message", f"A message can be edited {MOST_EDITS} times.")
    body = {**message.body, "text": words, "edited": times}
    await messages.set_body(conn, speaker.account, message.external_id, body)
    told = {"mid": message.external_id, "text": words, "num_edit": times}
    await _queue(conn, speaker, message_edit=told)


async def react(conn: asyncpg.Connection, speaker: Speaker, message: Message, emoji: str) -> None:
    """React to a message, or take the reaction back (`emoji` empty)."""
    if emoji and emoji not in REACTIONS:
        raise Invalid("emoji", f"Choose one of {' '.join(REACTIONS)}.")
    before = message.body.get("reaction", "")
    body = {name: value for name, value in message.body.items() if name != "reaction"}
    if emoji:
        body["reaction"] = emoji
    elif not before:
        raise Invalid("emoji", "There is no reaction to take back.")
    await messages.set_body(conn, speaker.account, message.external_id, body)
    told = {"mid": message.external_id, "action": "react" if emoji else "unreact"}
    if emoji:
        told |= {"reaction": REACTIONS[emoji], "emoji": emoji}
    await tell(conn, speaker, events.from_person(speaker, reaction=told))


async def read(conn: asyncpg.Connection, speaker: Speaker) -> None:
    """Look at the chat: Messenger tells a watermark, Instagram the last message's mid."""
    rows = await conn.fetch(
        "UPDATE simulator.message SET status = 'read' WHERE account_id = $1 AND chat = $2"
        " AND direction = 'out' AND status <> 'read' RETURNING id, external_id, at",
        speaker.account.id,
        speaker.chat,
    )
    if not rows:
        return
    await messages.touch(conn, speaker.account)
    last = max(rows, key=lambda row: row["id"])
    if speaker.account.channel == "instagram":
        await _queue(conn, speaker, read={"mid": last["external_id"]})
    else:
        await _queue(conn, speaker, read={"watermark": to_ms(last["at"])})


async def _message(
    conn: asyncpg.Connection, speaker: Speaker, told: dict[str, Any], body: dict[str, Any]
) -> str:
    mid = events.mid(speaker.account)
    item = events.from_person(speaker, message={"mid": mid, **told})
    await tell(conn, speaker, item, speaker.message(mid, body["type"], body))
    return mid


async def _queue(conn: asyncpg.Connection, speaker: Speaker, **item: Any) -> None:  # noqa: ANN401 (JSON)
    await deliveries.enqueue(
        conn, speaker.world, speaker.account, speaker.chat, events.from_person(speaker, **item)
    )
