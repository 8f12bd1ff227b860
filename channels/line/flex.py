"""Flex containers: the card a coupon is, a row of them, a file, and words with many buttons. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from channels.line import limits
from channels.line.actions import action_of
from conversations.channel import ContentRefused
from conversations.content import Card, LinkButton
from runtime.words import mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conversations.content import Button, Buttons, Carousel, File

Json = dict[str, Any]


def message(alt_text: str, container: Json) -> Json:
    """Return a Flex message; `alt_text` stands in the chat list and in notifications."""
    return {
        "type": "flex",
        "altText": limits.cut(alt_text, limits.ALT_TEXT),
        "contents": container,
    }


@lru_cache(maxsize=512)
def card(content: Card) -> Json:
    """Return the message for one card; nobody may change it.

    A card is drawn to see whether it may be issued, again when it is posted, and to be sent.
    """
    return message(_summary(content), _bubble(content))


def carousel(content: Carousel) -> Json:
    """Return the message for cards side by side."""
    limits.at_most(content.cards, limits.CARDS, mark("cards side by side"))
    if not content.cards:
        raise ContentRefused(mark("A carousel needs at least one card."))
    container = {"type": "carousel", "contents": [_bubble(card) for card in content.cards]}
    limits.weight(msgspec.json.encode(container), limits.CAROUSEL_BYTES, mark("This row of cards"))
    return message(" · ".join(card.title for card in content.cards), container)


def buttons(content: Buttons) -> Json:
    """Return the message for words with buttons that a buttons template cannot carry."""
    return message(content.text, _sized(_box(content.text, None), _footer(content.buttons)))


def file(content: File) -> Json:
    """Return the message for a document, which LINE has no kind for: a card that opens its address."""
    name = limits.words(
        content.name, limits.FLEX_TEXT - limits.units("📄 "), mark("The file's name")
    )
    link = limits.address(content.url, limits.LINK, mark("The file's address"))
    body = {
        "type": "box",
        "layout": "vertical",
        "spacing": "sm",
        "action": {"type": "uri", "label": limits.cut(name, limits.LABEL), "uri": link},
        "contents": [
            {"type": "text", "text": f"📄 {name}", "wrap": True, "weight": "bold"},
            {
                "type": "text",
                "text": urlsplit(link).hostname,
                "size": "xs",
                "color": "#6B7280",
            },
        ],
    }
    return message(name, _weighed({"type": "bubble", "size": "kilo", "body": body}))


def _bubble(content: Card) -> Json:
    title = limits.words(content.title, limits.FLEX_TEXT, mark("The card's title"))
    footer = _footer(content.buttons) if content.buttons else None
    return _sized(_box(title, content.text), footer, _hero(content))


def _sized(body: Json, footer: Json | None, hero: Json | None = None) -> Json:
    bubble: Json = {"type": "bubble"}
    if hero:
        bubble["hero"] = hero
    bubble["body"] = body
    if footer:
        bubble["footer"] = footer
    return _weighed(bubble)


def _weighed(bubble: Json) -> Json:
    limits.weight(msgspec.json.encode(bubble), limits.BUBBLE_BYTES, mark("This card"))
    return bubble


def _hero(content: Card) -> Json | None:
    if content.image_url is None:
        return None
    hero: Json = {
        "type": "image",
        "url": limits.address(content.image_url, limits.MEDIA_LINK, mark("The picture's address")),
        "size": "full",
        "aspectRatio": "20:13",
        "aspectMode": "cover",
    }
    link = next((button for button in content.buttons if isinstance(button, LinkButton)), None)
    if link:
        hero["action"] = action_of(link)
    return hero


def _box(first: str, second: str | None) -> Json:
    """Return the body: one text, or a title with a line below it (None: no title, "" no line)."""
    if second is None:
        text = limits.words(first, limits.FLEX_TEXT, mark("The text"))
        contents: list[Json] = [{"type": "text", "text": text, "wrap": True}]
    else:
        contents = [
            {"type": "text", "text": first, "weight": "bold", "size": "lg", "wrap": True},
        ]
        if second.strip():
            text = limits.words(second, limits.FLEX_TEXT, mark("The card's text"))
            contents.append(
                {"type": "text", "text": text, "size": "sm", "color": "#6B7280", "wrap": True}
            )
    return {"type": "box", "layout": "vertical", "spacing": "sm", "contents": contents}


def _footer(shown: Sequence[Button]) -> Json:
    limits.at_most(shown, limits.BUTTONS, mark("buttons on a card"))
    if not shown:
        raise ContentRefused(mark("Add at least one button."))
    contents = [
        {
            "type": "button",
            "style": "primary" if place == 0 else "secondary",
            "height": "sm",
            "action": action_of(button),
        }
        for place, button in enumerate(shown)
    ]
    return {"type": "box", "layout": "vertical", "spacing": "sm", "contents": contents}


def _summary(content: Card) -> str:
    return f"{content.title}\n{content.text}" if content.text.strip() else content.title
