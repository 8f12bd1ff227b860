"""What we sent: the stored Content as pieces, cards, buttons and suggestions."""

from __future__ import annotations

from typing import Any, assert_never

import msgspec

from agent_console.said.parts import Part, clock_length, fitted, place, safe_url
from conversations.content import (
    Audio,
    Button,
    Buttons,
    Card,
    Carousel,
    Content,
    CopyButton,
    File,
    Image,
    LinkButton,
    Location,
    PhoneButton,
    PostbackButton,
    Template,
    Text,
    Video,
)


class ShownButton(msgspec.Struct, frozen=True):
    """A button of a message: its title, its form (link, postback, phone, copy) and what it does."""

    title: str
    form: str
    does: str


class ShownCard(msgspec.Struct, frozen=True):
    """A card as the customer sees it."""

    title: str
    text: str
    picture: str
    buttons: tuple[ShownButton, ...]


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a sent message may show; whichever applies."""

    words: str = ""
    parts: tuple[Part, ...] = ()
    cards: tuple[ShownCard, ...] = ()
    buttons: tuple[ShownButton, ...] = ()
    suggestions: tuple[str, ...] = ()
    template: Template | None = None


def content_of(stored: object) -> Content | None:
    """Return the stored content of an outgoing message; None when it holds facts of an echo, or nothing."""
    if not isinstance(stored, dict) or "type" not in stored:
        return None
    try:
        known: Any = msgspec.convert(stored, Content)
    except msgspec.ValidationError:
        return None
    return known  # type: ignore[no-any-return]  # a union is no type for mypy's convert


def shown(content: Content, key: str, base_url: str) -> Sent:  # noqa: PLR0911 (one branch a kind)
    """Return what a sent message shows. `key` makes ids unique; what lies below `base_url` is ours."""
    match content:
        case Text():
            suggestions = tuple(one.title for one in content.quick_replies)
            return Sent(words=content.text, suggestions=suggestions)
        case Image() | Video() | Audio() | File():
            return Sent(parts=(_file(content, key, base_url),))
        case Location():
            where = place(content.title, content.address, content.latitude, content.longitude)
            return Sent(parts=(Part(kind="place", of="location", id=key, place=where),))
        case Buttons():
            return Sent(words=content.text, buttons=tuple(map(_button, content.buttons)))
        case Card():
            return Sent(cards=(_card(content, base_url),))
        case Carousel():
            return Sent(cards=tuple(_card(one, base_url) for one in content.cards))
        case Template():
            return Sent(template=content)
        case _:
            assert_never(content)


def _file(content: Image | Video | Audio | File, key: str, base_url: str) -> Part:
    url = safe_url(content.url, base_url)
    width, height = fitted(None, None)
    match content:
        case Image():
            small = safe_url(content.preview_url, base_url)
            # Somebody else's picture is loaded from one address alone; a GIF's preview does not move.
            if not small.startswith("/") or url.endswith(".gif"):
                small = url
            return Part(
                kind="picture", of="image", id=key, url=url, small=small, width=width, height=height
            )
        case Video():
            poster = safe_url(content.preview_url, base_url)
            return Part(kind="video", of="video", id=key, url=url, poster=poster)
        case Audio():
            length = clock_length(content.duration_ms)
            return Part(kind="audio", of="audio", id=key, url=url, duration=length)
        case File():
            return Part(kind="file", of="file", id=key, url=url, name=content.name)
        case _:
            assert_never(content)


def _card(card: Card, base_url: str) -> ShownCard:
    picture = safe_url(card.image_url, base_url)
    return ShownCard(card.title, card.text, picture, tuple(map(_button, card.buttons)))


def _button(button: Button) -> ShownButton:
    match button:
        case LinkButton():
            return ShownButton(button.title, "link", button.url)
        case PostbackButton():
            return ShownButton(button.title, "postback", "")
        case PhoneButton():
            return ShownButton(button.title, "phone", button.number)
        case CopyButton():
            return ShownButton(button.title, "copy", button.text)
        case _:
            assert_never(button)
