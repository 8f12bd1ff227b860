"""Content to Instagram's Send API bodies. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, assert_never
from urllib.parse import urlsplit

import msgspec

from channels.meta_graph import limits, parts, templates
from channels.meta_graph.words import utf8_bytes
from conversations import file_types as types
from conversations.channel import ContentRefused, Files
from conversations.content import (
    Audio,
    Buttons,
    Card,
    Carousel,
    File,
    Image,
    Location,
    Template,
    Text,
    Video,
)
from runtime.words import mark

if TYPE_CHECKING:
    from channels.meta_graph.templates import Json
    from conversations.channel import Call, Part
    from conversations.content import Content

# Meta counts bytes here, so about 333 Chinese characters fit into one message.
DIALECT = parts.Dialect(
    label="Instagram",
    text_limit=1_000,
    unit=mark("bytes"),
    text_size=utf8_bytes,
    call_buttons=False,
)
PICTURE_BYTES, FILE_BYTES = 8_000_000, 25_000_000
FILES = {
    "image": Files(types=frozenset({types.JPEG, types.PNG}), most_bytes=PICTURE_BYTES),
    "video": Files(types=frozenset({types.MP4, types.MOV, types.WEBM}), most_bytes=FILE_BYTES),
    "audio": Files(types=frozenset({types.M4A, types.AAC, types.WAV}), most_bytes=FILE_BYTES),
    # There are no file messages: anything else is words with a link.
    "file": Files(most_bytes=1_000_000_000, linked=True),
}
NO_TEMPLATES = mark("Instagram has no message templates: send a text or a card.")
OTHER_PICTURES = frozenset({".gif", ".webp", ".bmp", ".svg", ".heic", ".avif", ".tif", ".tiff"})


def split(content: Content) -> tuple[Content, ...]:  # noqa: C901, PLR0911 (one branch a kind)
    """Return the messages that carry `content`, each within Instagram's limits; raises ContentRefused."""
    match content:
        case Text():
            return parts.text(content, DIALECT)
        case Image(url=url):
            _picture(url)
            return (content,)
        case Video(url=url) | Audio(url=url):
            limits.address(mark("The file's address"), url)
            return (content,)
        case File():
            return parts.file_link(content, DIALECT)
        case Location():
            return parts.location(content, DIALECT)
        case Buttons():
            return parts.buttons(content, DIALECT)
        case Card():
            # There is no coupon form here, so a code has no place to stand in.
            return parts.card(msgspec.structs.replace(content, code=None), DIALECT)
        case Carousel():
            return parts.carousel(content, DIALECT)
        case Template():
            raise ContentRefused(NO_TEMPLATES)
        case _:
            assert_never(content)


def _picture(url: str) -> None:
    limits.address(mark("The picture's address"), url)
    if PurePosixPath(urlsplit(url).path).suffix.lower() in OTHER_PICTURES:
        raise ContentRefused(
            mark("Instagram shows only PNG and JPEG pictures: convert this one first.")
        )


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
        case File() | Location():
            return message(split(content)[0])
        case Buttons(text=words, buttons=found):
            return templates.buttons(words, found)
        case Card():
            return templates.generic((content,))
        case Carousel(cards=cards):
            return templates.generic(cards)
        case Template():
            raise ContentRefused(NO_TEMPLATES)
        case _:
            assert_never(content)
