"""Content to LINE message objects and request bodies. Pure; every limit is checked here, before sending."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

import msgspec

from channels.line import flex, limits
from channels.line.actions import action_of, quick_reply_of
from conversations.channel import ContentRefused
from conversations.content import (
    Audio,
    Buttons,
    Card,
    Carousel,
    Content,
    CopyButton,
    File,
    Image,
    Location,
    Template,
    Text,
    Video,
)
from runtime.words import mark

if TYPE_CHECKING:
    from conversations.channel import Call

Json = dict[str, Any]


def parts(content: Content) -> tuple[Content, ...]:
    """Return the content itself when LINE can say it in one message; raises ContentRefused."""
    message_of(content)
    return (content,)


def reply_body(call: Call) -> bytes:
    """Return the body of a reply; raises ContentRefused."""
    return _body({"replyToken": call.reply_token}, call)


def push_body(call: Call) -> bytes:
    """Return the body of a push; raises ContentRefused."""
    return _body({"to": call.to}, call)


def message_of(content: Content) -> Json:  # noqa: C901, PLR0911 (one branch a kind)
    """Return the message object for `content`; raises ContentRefused."""
    match content:
        case Text():
            return _text(content)
        case Image():
            return _image(content)
        case Video():
            return _video(content)
        case Audio():
            return _audio(content)
        case File():
            return flex.file(content)
        case Location():
            return _location(content)
        case Buttons():
            return _buttons(content)
        case Card():
            return flex.card(content)
        case Carousel():
            return flex.carousel(content)
        case Template():
            raise ContentRefused(
                mark("LINE has no approved templates; send a text or a card instead.")
            )
        case _:
            assert_never(content)


def _body(head: Json, call: Call) -> bytes:
    messages = [message_of(part.content) for part in call.parts]
    name = (call.sender_name or "").strip()
    if name:
        sender = {"name": limits.cut(name, limits.SENDER)}
        messages = [{**message, "sender": sender} for message in messages]
    return msgspec.json.encode({**head, "messages": messages, "notificationDisabled": False})


def _text(content: Text) -> Json:
    message: Json = {
        "type": "text",
        "text": limits.words(content.text, limits.TEXT, mark("The message")),
    }
    if content.quick_replies:
        message["quickReply"] = quick_reply_of(content.quick_replies)
    return message


def _image(content: Image) -> Json:
    url = _media(content.url, mark("The picture's address"))
    preview = url if content.preview_url is None else _preview(content.preview_url)
    return {"type": "image", "originalContentUrl": url, "previewImageUrl": preview}


def _video(content: Video) -> Json:
    url = _media(content.url, mark("The video's address"))
    if content.preview_url is None:
        raise ContentRefused(mark("LINE shows a video only with a preview picture; add one."))
    preview = _preview(content.preview_url)
    return {"type": "video", "originalContentUrl": url, "previewImageUrl": preview}


def _audio(content: Audio) -> Json:
    # The length is only a label in the chat, but LINE insists on one.
    return {
        "type": "audio",
        "originalContentUrl": _media(content.url, mark("The recording's address")),
        "duration": max(content.duration_ms, 1),
    }


def _location(content: Location) -> Json:
    if not (-90 <= content.latitude <= 90 and -180 <= content.longitude <= 180):
        raise ContentRefused(mark("The place lies outside the map; check latitude and longitude."))
    title = limits.words(content.title or content.address, limits.PLACE, mark("The place's name"))
    address = limits.words(
        content.address or content.title, limits.PLACE, mark("The place's address")
    )
    return {
        "type": "location",
        "title": title,
        "address": address,
        "latitude": content.latitude,
        "longitude": content.longitude,
    }


def _buttons(content: Buttons) -> Json:
    fits = (
        0 < len(content.buttons) <= limits.TEMPLATE_BUTTONS
        and limits.units(content.text) <= limits.TEMPLATE_TEXT
        # A buttons template is not documented to take the clipboard action; Flex is.
        and not any(isinstance(button, CopyButton) for button in content.buttons)
    )
    if not fits:
        return flex.buttons(content)
    text = limits.words(content.text, limits.TEMPLATE_TEXT, mark("The text"))
    template = {
        "type": "buttons",
        "text": text,
        "actions": [action_of(button) for button in content.buttons],
    }
    return {"type": "template", "altText": text, "template": template}


def _media(url: str, what: str) -> str:
    return limits.address(url, limits.MEDIA_LINK, what)


def _preview(url: str) -> str:
    return limits.address(url, limits.MEDIA_LINK, mark("The preview picture's address"))
