"""What can be said to a customer: a closed union of frozen values that every channel renders or declines.

Values are stored as JSON (`encode`, `decode`). Adding a kind makes every renderer's `assert_never` fail
type checking until it answers for the new kind.
"""

from __future__ import annotations

from typing import assert_never

import msgspec


class QuickReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A suggestion shown until the next message. `payload` is at most 200 ASCII characters."""

    title: str
    payload: str


class LinkButton(msgspec.Struct, frozen=True, tag="link", omit_defaults=True):
    """Opens an https address."""

    title: str
    url: str


class PostbackButton(msgspec.Struct, frozen=True, tag="postback", omit_defaults=True):
    """Sends `payload` (at most 200 ASCII characters) back to us as a postback."""

    title: str
    payload: str


class PhoneButton(msgspec.Struct, frozen=True, tag="phone", omit_defaults=True):
    """Calls a number, written in E.164."""

    title: str
    number: str


class CopyButton(msgspec.Struct, frozen=True, tag="copy", omit_defaults=True):
    """Copies `text` to the customer's clipboard where the channel can do that."""

    title: str
    text: str


Button = LinkButton | PostbackButton | PhoneButton | CopyButton


class Text(msgspec.Struct, frozen=True, tag="text", omit_defaults=True):
    """Plain words, with quick replies where the channel has them."""

    text: str
    quick_replies: tuple[QuickReply, ...] = ()


class Image(msgspec.Struct, frozen=True, tag="image", omit_defaults=True):
    """A picture at a public https address."""

    url: str
    preview_url: str | None = None


class Video(msgspec.Struct, frozen=True, tag="video", omit_defaults=True):
    """A film at a public https address; LINE needs a preview picture."""

    url: str
    preview_url: str | None = None


class Audio(msgspec.Struct, frozen=True, tag="audio", omit_defaults=True):
    """A recording at a public https address."""

    url: str
    duration_ms: int = 0


class File(msgspec.Struct, frozen=True, tag="file", omit_defaults=True):
    """A document at a public https address."""

    url: str
    name: str


class Location(msgspec.Struct, frozen=True, tag="location", omit_defaults=True):
    """A place; degrees, WGS 84."""

    title: str
    address: str
    latitude: float
    longitude: float


class Buttons(msgspec.Struct, frozen=True, tag="buttons", omit_defaults=True):
    """Words with one or more buttons below them."""

    text: str
    buttons: tuple[Button, ...]


class Card(msgspec.Struct, frozen=True, tag="card", omit_defaults=True):
    """A picture, a title, a line of text and buttons: what a coupon looks like in a chat.

    `code` is set only where the coupon allows its code to stand in the chat; a channel uses it for its
    native coupon forms and must otherwise not show it.
    `template_name` names the stored design (coupon id and language) for channels that keep templates.
    """

    title: str
    text: str = ""
    image_url: str | None = None
    buttons: tuple[Button, ...] = ()
    code: str | None = None
    template_name: str | None = None


class Carousel(msgspec.Struct, frozen=True, tag="carousel", omit_defaults=True):
    """Cards side by side."""

    cards: tuple[Card, ...]


class Template(msgspec.Struct, frozen=True, tag="template", omit_defaults=True):
    """A template approved by the platform: its id there and the values of its variables by name.

    `text` is what the customer reads, for our own screens.
    """

    template_id: str
    variables: dict[str, str] = {}
    text: str = ""


Content = Text | Image | Video | Audio | File | Location | Buttons | Card | Carousel | Template

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Content] = msgspec.json.Decoder(Content)


def encode(content: Content) -> bytes:
    """Return the stored form of `content` (UTF-8 JSON with a `type` field)."""
    return _encoder.encode(content)


def decode(stored: bytes | str) -> Content:
    """Return the content stored as `stored`; raises msgspec.ValidationError on anything else."""
    return _decoder.decode(stored)


def preview(content: Content) -> str:  # noqa: C901, PLR0911 (one branch a kind)
    """Return one line for the conversation list: the words, else a name of the kind in brackets."""
    match content:
        case Text(text=text) | Buttons(text=text):
            return text
        case Card(title=title):
            return title
        case Carousel(cards=cards):
            return " · ".join(card.title for card in cards)
        case File(name=name):
            return name
        case Location(title=title, address=address):
            return title or address
        case Image():
            return "[image]"
        case Video():
            return "[video]"
        case Audio():
            return "[audio]"
        case Template(text=text):
            return text or "[template]"
        case _:
            assert_never(content)
