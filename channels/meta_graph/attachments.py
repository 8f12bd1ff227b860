"""What is attached to a message, and which form that gives the message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from channels.meta_graph.facts import degrees, items, mapping, word
from conversations.channel import Attachment, MessageType

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMS: Mapping[str, MessageType] = {
    "image": MessageType.IMAGE,
    "video": MessageType.VIDEO,
    "audio": MessageType.AUDIO,
    "file": MessageType.FILE,
    "sticker": MessageType.STICKER,
    "like_heart": MessageType.STICKER,
    "location": MessageType.LOCATION,
    "fallback": MessageType.SHARE,
    "share": MessageType.SHARE,
    "post": MessageType.SHARE,
    "ig_post": MessageType.SHARE,
    "ig_story": MessageType.SHARE,
    "reel": MessageType.REEL,
    "ig_reel": MessageType.REEL,
    "story_mention": MessageType.STORY_MENTION,
    "unsupported_type": MessageType.UNSUPPORTED,
}


def attachments(message: dict[str, Any]) -> tuple[Attachment, ...]:
    """Return what is attached; a sticker sent both as sticker and as image counts once."""
    found = [_attachment(item) for item in items(message.get("attachments"))]
    stickers = [item for item in found if item.type == MessageType.STICKER]
    if stickers:
        # From June to August 2026 Meta sends one sticker twice; nothing else can accompany a sticker.
        return tuple(stickers[:1])
    return tuple(found)


def _attachment(item: dict[str, Any]) -> Attachment:
    # A heart (like_heart) comes without a payload, a shared link with its facts beside it.
    payload = mapping(item.get("payload"))
    kind = word(item.get("type")) or ""
    form = FORMS.get(kind, MessageType.UNKNOWN)
    sticker = word(payload.get("sticker_id"))
    if form is MessageType.IMAGE and sticker:
        form = MessageType.STICKER
    url = word(payload.get("url")) or word(item.get("url"))
    coordinates = mapping(payload.get("coordinates"))
    return Attachment(
        type=form.value,
        id=sticker or word(payload.get("reel_video_id")) or word(payload.get("id")),
        url=url,
        name=_file_name(url) if form is MessageType.FILE else None,
        lat=degrees(coordinates.get("lat")),
        lon=degrees(coordinates.get("long")),
        title=_title(item, payload),
    )


def _title(item: dict[str, Any], payload: dict[str, Any]) -> str | None:
    if item.get("type") == "like_heart":
        return "like_heart"
    elements = items(payload.get("elements")) or items(
        mapping(payload.get("generic")).get("elements")
    )
    told = word(payload.get("title")) or word(item.get("title"))
    return (
        told or word(payload.get("text")) or (word(elements[0].get("title")) if elements else None)
    )


def _file_name(url: str | None) -> str | None:
    try:
        path = urlsplit(url or "").path
    except ValueError:
        return None
    return unquote(path.rpartition("/")[2]).replace("\x00", "") or None


def form(message: dict[str, Any], attached: tuple[Attachment, ...], text: str) -> MessageType:
    """Return the form of a message from what it says, answers and carries."""
    if message.get("is_unsupported") is True:
        return MessageType.UNSUPPORTED
    if mapping(mapping(message.get("reply_to")).get("story")):
        return MessageType.STORY_REPLY
    # A link written in words comes with a preview of itself.
    if attached and not (text and attached[0].type == MessageType.SHARE):
        return MessageType(attached[0].type)
    return MessageType.TEXT if text else MessageType.UNKNOWN
