"""The limits Meta sets to outgoing messages, each refused with a sentence for the agent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from channels.meta_graph.words import characters
from conversations.channel import ContentRefused
from conversations.content import LinkButton, PhoneButton, PostbackButton
from runtime.words import Words, mark

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
        raise ContentRefused(mark("%(what)s is empty: write some words."), what=Words(what))
    size = characters(text)
    if size > limit:
        raise ContentRefused(
            mark(
                "%(what)s has %(size)s characters, but at most %(limit)s can be sent: shorten it."
            ),
            what=Words(what),
            size=size,
            limit=limit,
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
        raise ContentRefused(
            mark("%(what)s must be a full address that begins with https://."), what=Words(what)
        )
    if len(url) > ADDRESS:
        raise ContentRefused(
            mark("%(what)s is too long an address: at most %(limit)s characters."),
            what=Words(what),
            limit=ADDRESS,
        )


def payload(text: str) -> None:
    """Refuse what could not come back whole when tapped."""
    if not text or len(text) > PAYLOAD or not text.isascii() or not text.isprintable():
        raise ContentRefused(
            mark("A button's data must be 1 to %(limit)s plain ASCII characters."), limit=PAYLOAD
        )


def quick_replies(replies: Sequence[QuickReply]) -> None:
    """Check suggestions below a message."""
    if len(replies) > QUICK_REPLIES:
        raise ContentRefused(
            mark("There are %(count)s quick replies, but at most %(limit)s can be shown."),
            count=len(replies),
            limit=QUICK_REPLIES,
        )
    for reply in replies:
        within(mark("A quick reply's title"), reply.title, QUICK_REPLY_TITLE)
        payload(reply.payload)


def buttons(found: Sequence[Button]) -> None:
    """Check the buttons of one message or card."""
    if len(found) > BUTTONS:
        raise ContentRefused(
            mark(
                "There are %(count)s buttons, but at most %(limit)s fit below one message or card."
            ),
            count=len(found),
            limit=BUTTONS,
        )
    for button in found:
        _button(button)


def _button(button: Button) -> None:
    within(mark("A button's title"), button.title, BUTTON_TITLE)
    if isinstance(button, LinkButton):
        address(mark("The link of a button"), button.url)
    elif isinstance(button, PostbackButton):
        payload(button.payload)
    elif isinstance(button, PhoneButton) and not E164.fullmatch(button.number):
        raise ContentRefused(
            mark("A phone number must be written like +886212345678, without spaces.")
        )
