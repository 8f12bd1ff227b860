"""The limits Meta sets to outgoing messages, each refused with a sentence for the agent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from channels.meta_graph.words import characters
from conversations.channel import ContentRefused
from conversations.content import LinkButton, PhoneButton, PostbackButton

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conversations.content import Button, QuickReply

QUICK_REPLIES = 13
QUICK_REPLY_TITLE = 20
BUTTONS = 3
BUTTON_TITLE = 20
BUTTONS_TEXT = 640
CARD_TITLE = 80
CARD_TEXT = 80
CARDS = 10
PAYLOAD = 200
ADDRESS = 2_000
E164 = re.compile(r"\+[0-9]{6,15}")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def within(what: str, text: str, limit: int) -> None:
    """Refuse an empty text or one over `limit` characters; `what` begins the sentence."""
    if not text.strip():
        raise ContentRefused(f"{what} is empty: write some words.")
    size = characters(text)
    if size > limit:
        raise ContentRefused(
            f"{what} has {size} characters, but at most {limit} can be sent: shorten it."
        )


def address(what: str, url: str) -> None:
    """Refuse anything but an https address; plain http is for this machine itself (the simulator)."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    local = parts.scheme == "http" and (host in LOOPBACK or host.endswith(".localhost"))
    safe = parts.scheme == "https" or local
    if not safe or not host or not url.isprintable() or " " in url:
        raise ContentRefused(f"{what} must be a full address that begins with https://.")
    if len(url) > ADDRESS:
        raise ContentRefused(f"{what} is too long an address: at most {ADDRESS} characters.")


def payload(text: str) -> None:
    """Refuse what could not come back whole when tapped."""
    if not text or len(text) > PAYLOAD or not text.isascii() or not text.isprintable():
        raise ContentRefused(f"A button's data must be 1 to {PAYLOAD} plain ASCII characters.")


def quick_replies(replies: Sequence[QuickReply]) -> None:
    """Check suggestions below a message."""
    if len(replies) > QUICK_REPLIES:
        raise ContentRefused(
            f"There are {len(replies)} quick replies, but at most {QUICK_REPLIES} can be shown."
        )
    for reply in replies:
        within("A quick reply's title", reply.title, QUICK_REPLY_TITLE)
        payload(reply.payload)


def buttons(found: Sequence[Button]) -> None:
    """Check the buttons of one message or card."""
    if len(found) > BUTTONS:
        raise ContentRefused(
            f"There are {len(found)} buttons, but at most {BUTTONS} fit below one message or card."
        )
    for button in found:
        _button(button)


def _button(button: Button) -> None:
    within("A button's title", button.title, BUTTON_TITLE)
    if isinstance(button, LinkButton):
        address("The link of a button", button.url)
    elif isinstance(button, PostbackButton):
        payload(button.payload)
    elif isinstance(button, PhoneButton) and not E164.fullmatch(button.number):
        raise ContentRefused("A phone number must be written like +886212345678, without spaces.")
