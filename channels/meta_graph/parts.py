"""From content to the messages that carry it: what is split, what falls back to words, what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from channels.meta_graph import limits
from channels.meta_graph.words import Size, pieces
from conversations.channel import ContentRefused
from conversations.content import Buttons, Card, Carousel, CopyButton, PhoneButton, Text
from runtime.words import Words, mark

if TYPE_CHECKING:
    from conversations.content import Button, File, Location

MESSAGES = 5


class Dialect(msgspec.Struct, frozen=True):
    """What sets one channel's words apart: `text_size` measures in `unit`, a message holds `text_limit`.

    `call_buttons`: there are buttons that call a number; else the number stands in the words.
    """

    label: str
    text_limit: int
    unit: str
    text_size: Size
    call_buttons: bool

    @property
    def text_total(self) -> int:
        """How much a text may hold that is split over several messages."""
        return MESSAGES * self.text_limit


def text(content: Text, dialect: Dialect) -> tuple[Text, ...]:
    """Split a long text; the quick replies go below its last message."""
    size = dialect.text_size(content.text)
    if not content.text.strip():
        raise ContentRefused(mark("There is nothing to send: write some words first."))
    if size > dialect.text_total:
        raise ContentRefused(
            mark(
                "This text has %(size)s %(unit)s, but %(channel)s takes at most %(limit)s at once: shorten it."
            ),
            size=size,
            unit=Words(dialect.unit),
            channel=dialect.label,
            limit=dialect.text_total,
        )
    limits.quick_replies(content.quick_replies)
    *before, last = pieces(content.text, dialect.text_limit, dialect.text_size)
    return (*map(Text, before), Text(last, content.quick_replies))


def location(place: Location, dialect: Dialect) -> tuple[Text, ...]:
    """Write a place as words with a link to a map."""
    point = f"{place.latitude:.6f},{place.longitude:.6f}"
    link = f"https://www.google.com/maps/search/?api=1&query={point}"
    lines = (place.title, place.address, link)
    return text(Text("\n".join(line for line in lines if line.strip())), dialect)


def file_link(document: File, dialect: Dialect) -> tuple[Text, ...]:
    """Write a document as words with its link."""
    limits.address(mark("The document's address"), document.url)
    lines = (document.name, document.url)
    return text(Text("\n".join(line for line in lines if line.strip())), dialect)


def buttons(content: Buttons, dialect: Dialect) -> tuple[Buttons | Text, ...]:
    """Check words with buttons; without a button left to show they are plain words."""
    if not content.buttons:
        raise ContentRefused(mark("There is no button: add one, or send the words alone."))
    limits.within(mark("The text above the buttons"), content.text, limits.BUTTONS_TEXT)
    shown, numbers = _shown(content.buttons, dialect)
    words = "\n".join((content.text, *numbers))
    if not shown:
        return text(Text(words), dialect)
    limits.within(mark("The text above the buttons"), words, limits.BUTTONS_TEXT)
    limits.buttons(shown)
    return (Buttons(words, shown),)


def card(content: Card, dialect: Dialect) -> tuple[Card | Text, ...]:
    """Check one card; a card of nothing but a title is plain words."""
    checked = _card(content, dialect)
    if checked.text or checked.buttons or checked.image_url is not None or checked.code:
        return (checked,)
    return (Text(checked.title),)


def carousel(content: Carousel, dialect: Dialect) -> tuple[Carousel, ...]:
    """Check cards side by side; none of them shows a code."""
    count = len(content.cards)
    if not 1 <= count <= limits.CARDS:
        raise ContentRefused(
            mark("There are %(count)s cards side by side, but it must be 1 to %(limit)s."),
            count=count,
            limit=limits.CARDS,
        )
    cards = tuple(
        msgspec.structs.replace(_card(each, dialect), code=None) for each in content.cards
    )
    for place, each in enumerate(cards, 1):
        if not (each.text or each.buttons or each.image_url is not None):
            raise ContentRefused(
                mark("Card %(place)s needs a picture, a line of text or a button."), place=place
            )
    return (Carousel(cards),)


def _card(content: Card, dialect: Dialect) -> Card:
    limits.within(mark("The card's title"), content.title, limits.CARD_TITLE)
    shown, numbers = _shown(content.buttons, dialect)
    words = "\n".join((content.text, *numbers) if content.text else numbers)
    if words:
        limits.within(mark("The card's text"), words, limits.CARD_TEXT)
    if content.image_url is not None:
        limits.address(mark("The card's picture"), content.image_url)
    limits.buttons(shown)
    return msgspec.structs.replace(content, text=words, buttons=shown)


def _shown(
    found: tuple[Button, ...], dialect: Dialect
) -> tuple[tuple[Button, ...], tuple[str, ...]]:
    """Return the buttons that can be shown, and the numbers that have to be written out."""
    kept = tuple(button for button in found if not isinstance(button, CopyButton))
    if dialect.call_buttons:
        return kept, ()
    calls = tuple(button for button in kept if isinstance(button, PhoneButton))
    limits.buttons(calls)
    numbers = tuple(f"{call.title}: {call.number}" for call in calls)
    return tuple(button for button in kept if not isinstance(button, PhoneButton)), numbers
