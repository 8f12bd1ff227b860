"""Which WhatsApp messages carry a content, and whether WhatsApp takes it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import assert_never

from channels.whatsapp import limits, text, wording
from conversations.channel import ContentRefused
from conversations.content import (
    Audio,
    Buttons,
    Card,
    Carousel,
    Content,
    File,
    Image,
    Location,
    Template,
    Text,
    Video,
)
from runtime.words import mark


def parts(content: Content) -> tuple[Content, ...]:
    """Split content into WhatsApp messages; raises ContentRefused with a sentence for the agent."""
    match content:
        case Text():
            return _text_parts(content)
        case Card():
            return _card_parts(content)
        case Carousel(cards=cards):
            return _carousel_parts(cards)
        case _:
            _check(content)
            return (content,)


def _text_parts(content: Text) -> tuple[Content, ...]:
    """Cut a long text at natural places; the quick replies go with its end."""
    limits.check_buttons(content.quick_replies)
    if not content.text.strip():
        raise ContentRefused(mark("The text is empty: write something to send."))
    tail = wording.words(content)
    if text.length(tail) <= limits.TEXT:
        return (content,)
    room = limits.TEXT - text.length(wording.under(content.quick_replies))
    found = text.pieces(content.text, room)
    if found is None or len(found) > limits.TEXT_PARTS:
        raise ContentRefused(
            mark(
                "The text has %(size)s characters; WhatsApp takes %(limit)s a message, and up to %(parts)s"
                " messages are made where there are places to cut."
            ),
            size=f"{text.length(content.text):,}",
            limit=f"{limits.TEXT:,}",
            parts=limits.TEXT_PARTS,
        )
    return (*(Text(piece) for piece in found[:-1]), Text(found[-1], content.quick_replies))


def _card_parts(card: Card) -> tuple[Content, ...]:
    """A card with a picture is two messages: the picture, then the words with their buttons."""
    limits.check_buttons(card.buttons)
    bare = Card(card.title, card.text, None, card.buttons, card.code, card.template_name)
    if not card.title.strip():
        raise ContentRefused(mark("The card has no title: give it one."))
    limits.check_text(wording.words(bare), mark("card"))
    if card.image_url is None:
        return (bare,)
    limits.check_url(card.image_url, mark("picture"))
    return (Image(card.image_url), bare)


def _carousel_parts(cards: Sequence[Card]) -> tuple[Content, ...]:
    if not cards:
        raise ContentRefused(mark("There is no card to send: add at least one."))
    if len(cards) > limits.CARDS:
        raise ContentRefused(
            mark("WhatsApp takes at most %(limit)s cards at once; this has %(count)s."),
            limit=limits.CARDS,
            count=len(cards),
        )
    return tuple(part for card in cards for part in _card_parts(card))


def _check(content: Image | Video | Audio | File | Location | Buttons | Template) -> None:
    match content:
        case Image(url=url):
            limits.check_url(url, mark("picture"))
        case Video(url=url):
            limits.check_url(url, mark("film"))
        case Audio(url=url):
            limits.check_url(url, mark("recording"))
        case File(url=url):
            limits.check_url(url, mark("file"))
        case Template():
            limits.check_template(content)
        case Location() | Buttons():
            _check_words(content)
        case _:
            assert_never(content)


def _check_words(content: Location | Buttons) -> None:
    if isinstance(content, Location):
        lat, lon = content.latitude, content.longitude
        if not (isfinite(lat) and isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
            raise ContentRefused(
                mark("The place must lie between -90 and 90 degrees north, -180 and 180 east.")
            )
        limits.check_text(wording.words(content), mark("name of the place"))
        return
    if not content.buttons:
        raise ContentRefused(mark("There is no button: add one, or send the text alone."))
    if not content.text.strip():
        raise ContentRefused(mark("The text above the buttons is empty: write something."))
    limits.check_buttons(content.buttons)
    limits.check_text(wording.words(content), mark("text"))
