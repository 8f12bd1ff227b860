"""One message of the thread, whichever way it went, as its template draws it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from agent_console.said import received, sent
from agent_console.said.parts import Part
from agent_console.said.received import STORIES, Earlier
from agent_console.said.sent import Sent, ShownButton, ShownCard
from conversations.content import Template
from conversations.views import MessageRow

# The platform's time and ours always differ a little.
LATE = timedelta(minutes=1)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a message may show, in this order. `pictures` stand in a grid when there are several.

    `tapped`: it was chosen, not typed; `payload` is what the tap carried when it has no words.
    `placeholder`: the kind to name when nothing else can be shown, with the platform's own name of it.
    `arrived`: when we got it, if that was later than it was sent.
    """

    words: str = ""
    pictures: Sequence[Part] = ()
    parts: Sequence[Part] = ()
    cards: Sequence[ShownCard] = ()
    buttons: Sequence[ShownButton] = ()
    suggestions: Sequence[str] = ()
    template: Template | None = None
    tapped: bool = False
    payload: str = ""
    story: str = ""
    placeholder: str = ""
    platform_kind: str = ""
    earlier: Sequence[Earlier] = ()
    arrived: datetime | None = None

    @property
    def plain(self) -> bool:
        """Whether it shows words and nothing else, as nearly all do."""
        others = (
            self.pictures
            or self.parts
            or self.cards
            or self.buttons
            or self.template
            or self.story
            or self.placeholder
        )
        return bool(self.words) and not others and not self.tapped


def said(message: MessageRow, now: datetime, base_url: str) -> Said:
    """Return what `message` shows; nothing of one that was taken back."""
    if message.unsent_at is not None:
        return Said()
    content = sent.content_of(message.content) if message.direction == "out" else None
    if content is not None:
        return _sent(sent.shown(content, f"p-{message.id}", base_url))
    return _received(message, now)


def _sent(shown: Sent) -> Said:
    pictures, others = _apart(shown.parts)
    return Said(
        words=shown.words,
        pictures=pictures,
        parts=others,
        cards=shown.cards,
        buttons=shown.buttons,
        suggestions=shown.suggestions,
        template=shown.template,
    )


def _received(message: MessageRow, now: datetime) -> Said:
    facts = received.facts_of(message)
    payload = facts.get("payload")
    payload = payload if isinstance(payload, str) else ""
    # A sticker's words are its name, told with the sticker itself.
    words = "" if message.kind == "sticker" and message.attachments else message.text
    pictures, others = _apart(received.parts_of(message, now))
    empty = not (words or pictures or others or payload)
    return Said(
        words=words,
        pictures=pictures,
        parts=others,
        tapped=message.kind == "postback" or bool(payload),
        payload="" if words else payload,
        story=message.kind if message.kind in STORIES else "",
        placeholder=message.kind if empty else "",
        platform_kind=_platform_kind(message) if empty else "",
        earlier=received.earlier(message) if message.edited_at else (),
        arrived=message.received_at if message.received_at - message.provider_at >= LATE else None,
    )


def _platform_kind(message: MessageRow) -> str:
    params = received.facts_of(message).get("params")
    told = params.get("type") if isinstance(params, dict) else None
    return told[:60] if isinstance(told, str) else ""


def _apart(parts: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    pictures = [part for part in parts if part.kind == "picture" and part.url]
    return pictures, [part for part in parts if part not in pictures]
