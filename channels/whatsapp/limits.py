"""What WhatsApp over Twilio takes: checks that raise ContentRefused with a sentence for the agent. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import ip_address
from typing import assert_never
from urllib.parse import urlsplit

from channels.whatsapp.text import length
from conversations import file_types
from conversations.channel import ContentRefused, Files
from conversations.content import (
    Button,
    CopyButton,
    LinkButton,
    PhoneButton,
    PostbackButton,
    QuickReply,
    Template,
)
from runtime.words import Words, mark

TEXT = 1_600
TEXT_PARTS = 5
BUTTONS = 3
CARDS = 10
REPLY_TITLE = 20
LINK_TITLE = 25
PAYLOAD = 200
VARIABLE = 1_600
ADDRESS = 2_000
FILE_BYTES = 16_000_000
FILES = {
    "image": Files(
        types=frozenset({file_types.JPEG, file_types.PNG}),
        most_bytes=5_000_000,
    ),
    "video": Files(types=frozenset({file_types.MP4, file_types.THREE_GP}), most_bytes=FILE_BYTES),
    "audio": Files(
        types=frozenset(
            {file_types.M4A, file_types.MP3, file_types.AAC, file_types.OGG, file_types.AMR}
        ),
        most_bytes=FILE_BYTES,
    ),
    "file": Files(
        types=frozenset({file_types.PDF, file_types.PLAIN}) | file_types.OFFICE,
        most_bytes=FILE_BYTES,
    ),
}
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_TEMPLATE = re.compile(r"HX[0-9a-fA-F]{32}")


def check_text(text: str, what: str) -> None:
    """Refuse nothing but spaces, and more than one message can hold."""
    if not text.strip():
        raise ContentRefused(
            mark("The %(what)s is empty: write something to send."), what=Words(what)
        )
    if length(text) > TEXT:
        raise ContentRefused(
            mark(
                "The %(what)s has %(size)s characters with its buttons; WhatsApp takes %(limit)s."
            ),
            what=Words(what),
            size=f"{length(text):,}",
            limit=f"{TEXT:,}",
        )


def check_url(url: str, what: str) -> None:
    """Refuse what is not a public https address (http is for this machine's own simulator)."""
    if length(url) > ADDRESS:
        raise ContentRefused(
            mark("The address of the %(what)s is longer than %(limit)s characters."),
            what=Words(what),
            limit=f"{ADDRESS:,}",
        )
    if not _is_safe(url):
        raise ContentRefused(
            mark("The address of the %(what)s must begin with https:// and name a host."),
            what=Words(what),
        )


def _is_safe(url: str) -> bool:
    if any(char.isspace() or not char.isprintable() for char in url):
        return False
    try:
        read = urlsplit(url)
        host = read.hostname or ""
    except ValueError:
        return False
    return bool(host) and (read.scheme == "https" or (read.scheme == "http" and _is_loopback(host)))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_buttons(buttons: Sequence[Button | QuickReply]) -> None:
    """Refuse too many buttons, and any that WhatsApp would refuse."""
    if len(buttons) > BUTTONS:
        raise ContentRefused(
            mark("WhatsApp takes at most %(limit)s buttons a message; this has %(count)s."),
            limit=BUTTONS,
            count=len(buttons),
        )
    for button in buttons:
        _check_button(button)


def _check_button(button: Button | QuickReply) -> None:
    match button:
        case LinkButton(title=title, url=url):
            _check_title(title, LINK_TITLE)
            check_url(url, Words(mark("button “%(title)s”"), title=title))
        case (
            PostbackButton(title=title, payload=payload) | QuickReply(title=title, payload=payload)
        ):
            _check_title(title, REPLY_TITLE)
            _check_payload(title, payload)
        case PhoneButton(title=title, number=number):
            _check_title(title, REPLY_TITLE)
            if not _PHONE.fullmatch(number):
                raise ContentRefused(
                    mark("The number of the button “%(title)s” must look like +886212345678."),
                    title=title,
                )
        case CopyButton(title=title, text=text):
            _check_title(title, LINK_TITLE)
            check_text(text, Words(mark("text of the button “%(title)s”"), title=title))
        case _:
            assert_never(button)


def _check_title(title: str, limit: int) -> None:
    if not title.strip():
        raise ContentRefused(mark("A button has no title: give every button a title."))
    if length(title) > limit:
        raise ContentRefused(
            mark(
                "The button title “%(title)s” is too long; WhatsApp takes %(limit)s characters here."
            ),
            title=title[:60],
            limit=limit,
        )


def _check_payload(title: str, payload: str) -> None:
    if not payload or not payload.isascii() or len(payload) > PAYLOAD:
        raise ContentRefused(
            mark(
                "The payload of the button “%(title)s” must be 1 to %(limit)s plain ASCII characters."
            ),
            title=title,
            limit=PAYLOAD,
        )


def check_template(template: Template) -> None:
    """Refuse an id that is not a Content SID, and values WhatsApp would refuse."""
    if not _TEMPLATE.fullmatch(template.template_id):
        raise ContentRefused(
            mark("A WhatsApp template id is HX followed by 32 hexadecimal digits.")
        )
    for name, value in template.variables.items():
        if not 1 <= len(name) <= 16:
            raise ContentRefused(mark("The name of a template variable has 1 to 16 characters."))
        if not value.strip() or length(value) > VARIABLE:
            raise ContentRefused(
                mark("The template variable %(name)s must have 1 to %(limit)s characters."),
                name=name,
                limit=f"{VARIABLE:,}",
            )
