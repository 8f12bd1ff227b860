"""Buttons and quick replies as LINE actions. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from channels.line import limits
from conversations.content import Button, CopyButton, LinkButton, PhoneButton, PostbackButton
from runtime.words import mark

if TYPE_CHECKING:
    from conversations.content import QuickReply

Json = dict[str, Any]


def action_of(button: Button) -> Json:
    """Return the action behind a button; raises ContentRefused."""
    label = limits.words(button.title, limits.LABEL, mark("A button's label"))
    match button:
        case LinkButton(url=url):
            link = limits.address(url, limits.LINK, mark("A button's address"))
            return {"type": "uri", "label": label, "uri": link}
        case PostbackButton(payload=payload):
            return _postback(label, payload)
        case PhoneButton(number=number):
            return {"type": "uri", "label": label, "uri": f"tel:{limits.phone(number)}"}
        case CopyButton(text=text):
            copied = limits.words(text, limits.COPIED, mark("The text to copy"))
            return {"type": "clipboard", "label": label, "clipboardText": copied}
        case _:
            assert_never(button)


def quick_reply_of(replies: tuple[QuickReply, ...]) -> Json:
    """Return the quick replies of a message; raises ContentRefused."""
    limits.at_most(replies, limits.QUICK_REPLIES, mark("quick replies"))
    return {"items": [{"type": "action", "action": _quick(reply)} for reply in replies]}


def _quick(reply: QuickReply) -> Json:
    label = limits.words(reply.title, limits.LABEL, mark("A quick reply's label"))
    return _postback(label, reply.payload)


def _postback(label: str, payload: str) -> Json:
    # The display text makes the tap visible as the customer's own words, as on the other channels.
    return {
        "type": "postback",
        "label": label,
        "data": limits.payload(payload),
        "displayText": label,
    }
