"""LINE's limits on what is sent, as checks that refuse with a sentence the agent understands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from conversations.channel import ContentRefused, Files
from conversations.file_types import JPEG, M4A, MP3, MP4, PNG
from runtime.words import Words, mark

if TYPE_CHECKING:
    from collections.abc import Sized

TEXT = 5_000
FLEX_TEXT = 2_000
QUICK_REPLIES = 13
LABEL = 20
PAYLOAD = 200
PLACE = 100
LINK = 1_000
MEDIA_LINK = 2_000
COPIED = 1_000
TEMPLATE_BUTTONS = 4
TEMPLATE_TEXT = 160
BUTTONS = 10
CARDS = 12
ALT_TEXT = 400
SENDER = 20
BUBBLE_BYTES = 30_000
CAROUSEL_BYTES = 50_000

FILES = {
    "image": Files(types=frozenset({JPEG, PNG}), most_bytes=10_000_000),
    "video": Files(types=frozenset({MP4}), most_bytes=200_000_000),
    "audio": Files(types=frozenset({M4A, MP3}), most_bytes=200_000_000),
    # There are no file messages: anything else is a card that opens the file.
    "file": Files(most_bytes=1_000_000_000, linked=True),
}
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\<>\"^`{|}]")
# What most addresses are, ours among them: nothing to refuse and nothing to encode.
PLAIN = re.compile(
    r"https://[A-Za-z0-9.-]+(?::[0-9]{1,4})?(?:[/?#][A-Za-z0-9._~!$&'()*+,;=:@/?-]*)?"
)
_KEPT_IN_URLS = "!#$%&'()*+,/:;=?@[]~"


def units(text: str) -> int:
    """Return the length as LINE counts it: UTF-16 code units."""
    if text.isascii():
        return len(text)
    try:
        return len(text.encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        raise ContentRefused(
            mark("The text holds half of a character, probably a cut-off emoji; type it again.")
        ) from None


def words(text: str, limit: int, what: str) -> str:
    """Return `text` when it is neither blank nor longer than `limit`; `what` begins the refusal."""
    if not text.strip():
        raise ContentRefused(mark("%(what)s is empty; write something."), what=Words(what))
    length = units(text)
    if length > limit:
        raise ContentRefused(
            mark("%(what)s has %(size)s characters and LINE takes at most %(limit)s; shorten it."),
            what=Words(what),
            size=f"{length:,}",
            limit=f"{limit:,}",
        )
    return text


def at_most(things: Sized, limit: int, what: str) -> None:
    """Refuse more than `limit` things; `what` names them in the plural."""
    if len(things) > limit:
        raise ContentRefused(
            mark("LINE takes at most %(limit)s %(what)s; this has %(count)s."),
            limit=limit,
            what=Words(what),
            count=len(things),
        )


def payload(value: str) -> str:
    """Return a postback payload of 1 to 200 ASCII characters."""
    if not value or not value.isascii() or len(value) > PAYLOAD:
        raise ContentRefused(
            mark("A button's payload must be 1 to %(limit)s ASCII characters."), limit=PAYLOAD
        )
    return value


def address(url: str, limit: int, what: str) -> str:
    """Return a public https address in ASCII (http only on this machine); `what` begins the refusal."""
    if len(url) <= limit and PLAIN.fullmatch(url):
        return url
    return encoded(url, limit, what)


def encoded(url: str, limit: int, what: str) -> str:
    """Return what `address` does, by taking the address apart."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise ContentRefused(mark("%(what)s is not a web address."), what=Words(what)) from None
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
        raise ContentRefused(mark("%(what)s must begin with https://."), what=Words(what))
    if not host or not host.isascii() or _UNPRINTABLE.search(url):
        raise ContentRefused(mark("%(what)s is not a web address LINE can open."), what=Words(what))
    units(url)
    quoted = quote(url, safe=_KEPT_IN_URLS)
    if len(quoted) > limit:
        raise ContentRefused(
            mark("%(what)s is longer than the %(limit)s characters LINE takes."),
            what=Words(what),
            limit=f"{limit:,}",
        )
    return quoted


def phone(number: str) -> str:
    """Return a phone number in E.164."""
    if not _E164.fullmatch(number):
        raise ContentRefused(mark("The phone number must be written like +886212345678."))
    return number


def weight(encoded: bytes, limit: int, what: str) -> None:
    """Refuse a Flex container over LINE's size."""
    if len(encoded) > limit:
        raise ContentRefused(
            mark("%(what)s is too large for LINE; shorten its texts and links."), what=Words(what)
        )


def cut(text: str, limit: int) -> str:
    """Return `text` cut to `limit` UTF-16 units, with an ellipsis where something is missing."""
    if units(text) <= limit:
        return text
    kept = text[: limit - 1]
    while units(kept) > limit - 1:
        kept = kept[:-1]
    return f"{kept}…"
