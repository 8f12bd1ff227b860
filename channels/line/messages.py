"""The `message` object of an event, by its kind: text, media, file, place, sticker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from channels.line.fields import list_of, number_of, object_of, text_of, whole_of
from conversations.channel import Attachment, MessageType

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]
Facts = dict[str, Any]


def facts_of(message: Json) -> Facts:
    """Return the facts of an Inbound that a message object tells; a new kind is `unknown`."""
    message_type, reader = READERS.get(text_of(message, "type") or "", UNKNOWN)
    return {
        "message_type": message_type,
        "external_message_id": text_of(message, "id"),
        "reply_to": text_of(message, "quotedMessageId"),
        "text": "",
        **reader(message),
    }


def _text(message: Json) -> Facts:
    people = list_of(object_of(message, "mention"), "mentionees")
    return {
        "text": text_of(message, "text") or "",
        "mentions_self": any(who.get("isSelf") is True for who in people) if people else None,
    }


def _media(message: Json) -> Facts:
    provider = object_of(message, "contentProvider")
    attached = Attachment(
        type=text_of(message, "type") or "",
        id=text_of(message, "id"),
        url=text_of(provider, "originalContentUrl"),
    )
    params = {
        name: value
        for name, value in (
            ("imageSet", object_of(message, "imageSet")),
            ("duration", whole_of(message, "duration")),
        )
        if value
    }
    return {"attachments": (attached,), "params": params or None}


def _file(message: Json) -> Facts:
    attached = Attachment(
        type="file",
        id=text_of(message, "id"),
        name=text_of(message, "fileName"),
        size=whole_of(message, "fileSize"),
    )
    return {"attachments": (attached,)}


def _location(message: Json) -> Facts:
    attached = Attachment(
        type="location",
        title=text_of(message, "title"),
        name=text_of(message, "address"),
        lat=number_of(message, "latitude"),
        lon=number_of(message, "longitude"),
    )
    return {"attachments": (attached,)}


def _sticker(message: Json) -> Facts:
    words = text_of(message, "text")
    keywords = message.get("keywords")
    first = keywords[0] if isinstance(keywords, list) and keywords else None
    attached = Attachment(
        type="sticker",
        id=text_of(message, "stickerId"),
        title=words or (first if isinstance(first, str) else None),
    )
    package = text_of(message, "packageId")
    return {
        "text": words or "",
        "attachments": (attached,),
        "params": {"packageId": package} if package else None,
    }


def _nothing(_message: Json) -> Facts:
    return {}


UNKNOWN = (MessageType.UNKNOWN, _nothing)
READERS: dict[str, tuple[MessageType, Callable[[Json], Facts]]] = {
    "text": (MessageType.TEXT, _text),
    "image": (MessageType.IMAGE, _media),
    "video": (MessageType.VIDEO, _media),
    "audio": (MessageType.AUDIO, _media),
    "file": (MessageType.FILE, _file),
    "location": (MessageType.LOCATION, _location),
    "sticker": (MessageType.STICKER, _sticker),
}
