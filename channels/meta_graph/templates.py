"""The JSON of messages that Messenger and Instagram share. Pure, and blind to limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from conversations.content import CopyButton, LinkButton, PhoneButton, PostbackButton

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conversations.channel import Call, Part
    from conversations.content import Button, Card, QuickReply

Json = dict[str, Any]


def request(call: Call, part: Part, message: Json) -> Json:
    """Return the body of one Send API call; our delivery id comes back in the echo's metadata."""
    body: Json = {"recipient": {"id": call.to}, "messaging_type": "RESPONSE"}
    if call.human_agent:
        body |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return body | {"message": {**message, "metadata": str(part.delivery_id)}}


def text(words: str, replies: Sequence[QuickReply] = ()) -> Json:
    """Return a text message with its suggestions."""
    message: Json = {"text": words}
    if replies:
        message["quick_replies"] = [
            {"content_type": "text", "title": reply.title, "payload": reply.payload}
            for reply in replies
        ]
    return message


def media(kind: str, url: str) -> Json:
    """Return an attachment that Meta downloads from `url`."""
    return {"attachment": {"type": kind, "payload": {"url": url}}}


def template(payload: Json) -> Json:
    """Return a message that holds a template."""
    return {"attachment": {"type": "template", "payload": payload}}


def buttons(words: str, found: Sequence[Button]) -> Json:
    """Return a button template."""
    return template({"template_type": "button", "text": words, "buttons": _buttons(found)})


def generic(cards: Sequence[Card]) -> Json:
    """Return a generic template: one card, or several side by side."""
    return template({"template_type": "generic", "elements": [_element(card) for card in cards]})


def _element(card: Card) -> Json:
    element: Json = {"title": card.title}
    if card.text:
        element["subtitle"] = card.text
    if card.image_url is not None:
        element["image_url"] = card.image_url
    shown = _buttons(card.buttons)
    if shown:
        element["buttons"] = shown
    link = next((button.url for button in card.buttons if isinstance(button, LinkButton)), None)
    if link is not None:
        # Tapping the picture opens what the first link opens.
        element["default_action"] = {"type": "web_url", "url": link}
    return element


def _buttons(found: Sequence[Button]) -> list[Json]:
    return [button for button in map(_button, found) if button is not None]


def _button(button: Button) -> Json | None:
    match button:
        case LinkButton(title=title, url=url):
            return {"type": "web_url", "title": title, "url": url}
        case PostbackButton(title=title, payload=payload):
            return {"type": "postback", "title": title, "payload": payload}
        case PhoneButton(title=title, number=number):
            return {"type": "phone_number", "title": title, "payload": number}
        case CopyButton():
            # No button copies on Meta's channels, and what it copies must not stand in the chat.
            return None
        case _:
            assert_never(button)
