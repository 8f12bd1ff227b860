"""Content to Messenger's Send API bodies. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import msgspec

from channels.meta_graph import limits, parts, templates
from channels.meta_graph.words import characters
from conversations import file_types as types
from conversations.channel import ContentRefused, Files
from conversations.content import (
    Audio,
    Buttons,
    Card,
    Carousel,
    File,
    Image,
    LinkButton,
    Location,
    PostbackButton,
    Template,
    Text,
    Video,
)
from runtime.words import mark

if TYPE_CHECKING:
    from channels.meta_graph.templates import Json
    from conversations.channel import Call, Part
    from conversations.content import Content

DIALECT = parts.Dialect(
    label="Messenger",
    text_limit=2_000,
    unit=mark("characters"),
    text_size=characters,
    call_buttons=True,
)
FILE_BYTES = 25_000_000
FILES = {
    "image": Files(types=frozenset({types.JPEG, types.PNG, types.GIF}), most_bytes=FILE_BYTES),
    "video": Files(types=frozenset({types.MP4, types.MOV, types.WEBM}), most_bytes=FILE_BYTES),
    "audio": Files(
        types=frozenset({types.M4A, types.MP3, types.AAC, types.WAV}), most_bytes=FILE_BYTES
    ),
    "file": Files(most_bytes=FILE_BYTES),
}
NO_TEMPLATES = mark("Messenger has no message templates: send a text or a card.")


def split(content: Content) -> tuple[Content, ...]:
    """Return the messages that carry `content`, each within Messenger's limits; raises ContentRefused."""
    match content:
        case Text():
            return parts.text(content, DIALECT)
        case Image(url=url) | Video(url=url) | Audio(url=url) | File(url=url):
            limits.address(mark("The file's address"), url)
            return (content,)
        case Location():
            return parts.location(content, DIALECT)
        case Buttons():
            return parts.buttons(content, DIALECT)
        case Card():
            return parts.card(_with_usable_code(content), DIALECT)
        case Carousel():
            return parts.carousel(content, DIALECT)
        case Template():
            raise ContentRefused(NO_TEMPLATES)
        case _:
            assert_never(content)


def body(call: Call, part: Part) -> Json:
    """Return the body of the call that sends `part`, which `split` has made."""
    return templates.request(call, part, message(part.content))


def message(content: Content) -> Json:  # noqa: C901, PLR0911 (one branch a kind)
    """Return the `message` object of content; raises ContentRefused for a template."""
    match content:
        case Text(text=words, quick_replies=replies):
            return templates.text(words, replies)
        case Image(url=url):
            return templates.media("image", url)
        case Video(url=url):
            return templates.media("video", url)
        case Audio(url=url):
            return templates.media("audio", url)
        case File(url=url):
            return templates.media("file", url)
        case Location():
            return templates.text(parts.location(content, DIALECT)[0].text)
        case Buttons(text=words, buttons=found):
            return templates.buttons(words, found)
        case Card():
            return coupon(content) if content.code else templates.generic((content,))
        case Carousel(cards=cards):
            return templates.generic(cards)
        case Template():
            raise ContentRefused(NO_TEMPLATES)
        case _:
            assert_never(content)


def _with_usable_code(card: Card) -> Card:
    """Drop a code that the coupon template cannot hold: the card then goes without it."""
    code = card.code or ""
    usable = code.isprintable() and not any(char.isspace() for char in code)
    return card if code and usable else msgspec.structs.replace(card, code=None)


def coupon(card: Card) -> Json:
    """Return a coupon template: the code stays hidden until it is tapped, which we are told of.

    It has one link, so of several buttons the first link is taken; the first postback's data comes back
    with the tap.
    """
    payload: Json = {
        "template_type": "coupon",
        "title": card.title,
        "coupon_code": card.code,
    }
    if card.text:
        payload["subtitle"] = card.text
    if card.image_url is not None:
        payload["image_url"] = card.image_url
    for button in reversed(card.buttons):
        match button:
            case LinkButton(title=title, url=url):
                payload |= {"coupon_url": url, "coupon_url_button_title": title}
            case PostbackButton(payload=data):
                payload["payload"] = data
            case _:
                continue
    return templates.template(payload)
