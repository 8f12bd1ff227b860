"""Content in words: the whole of a plain message, and what stands in for buttons where none can be tapped. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

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
    QuickReply,
    Template,
    Text,
    Video,
)


def words(content: Content) -> str:
    """Return the text of a message; "" for one of media or a template."""
    match content:
        case Text(text=text, quick_replies=buttons) | Buttons(text=text, buttons=buttons):
            return text + under(buttons)
        case Card():
            lines = (bold(content.title), content.text)
            return "\n".join(line for line in lines if line) + under(content.buttons)
        case Carousel(cards=cards):
            return "\n\n".join(words(card) for card in cards)
        case Location():
            return _place(content)
        case Image() | Video() | Audio() | File() | Template():
            return ""
        case _:
            assert_never(content)


def under(buttons: Iterable[Button | QuickReply]) -> str:
    """Return buttons as lines of text, for where they cannot be tapped."""
    lines = [_line(button) for button in buttons]
    return "\n\n" + "\n".join(lines) if lines else ""


def bold(text: str) -> str:
    """Return `text` in WhatsApp's bold, where its own characters do not forbid that."""
    return text if "*" in text or "\n" in text or text != text.strip() else f"*{text}*"


def _line(button: Button | QuickReply) -> str:
    match button:
        case LinkButton(title=title, url=url):
            return f"{title}: {url}"
        case PhoneButton(title=title, number=number):
            return f"{title}: {number}"
        case CopyButton(title=title, text=copied):
            return f"{title}: {copied}"
        case PostbackButton(title=title) | QuickReply(title=title):
            return f"• {title}"
        case _:
            assert_never(button)


def _place(place: Location) -> str:
    told = [place.title.strip(), place.address.strip()]
    return (
        "\n".join(line for line in told if line) or f"{place.latitude:.6f}, {place.longitude:.6f}"
    )
