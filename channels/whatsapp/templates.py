"""Cards and buttons as Twilio Content: the shape that is made once, and the values each message fills in.

A shape holds no customer's words and no link of theirs: titles, lines and the last segment of a link are
variables. Only kinds that need no approval within the 24 hours are used: up to three quick replies, or up
to two links and one number. Anything else has no shape and travels as text. Pure.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any, assert_never

from channels.whatsapp import limits, wording
from channels.whatsapp.text import length
from conversations.channel import Shape
from conversations.content import (
    Button,
    Buttons,
    Card,
    Content,
    CopyButton,
    LinkButton,
    PhoneButton,
    PostbackButton,
    QuickReply,
    Text,
)

QUICK_REPLY = "twilio/quick-reply"
CALL_TO_ACTION = "twilio/call-to-action"
BODY_LIMITS = {QUICK_REPLY: 1_024, CALL_TO_ACTION: 640}
LINKS = 2
SAMPLE = "sample"
_LAST_SEGMENT = re.compile(r"(https?://[^/?#{}]+/(?:[^?#{}]*/)?)([A-Za-z0-9._~-]+)")
_VARIABLE = re.compile(r"\{\{([0-9]+)\}\}")
_LANGUAGE = re.compile(r"(?:^|[^A-Za-z])([a-z]{2})(?:[-_]([A-Z][A-Za-z]{1,3}))?$")


def shape(content: Content) -> Shape | None:
    """Return the Content resource that would carry `content`, None where text does."""
    words = _words(content)
    buttons = _buttons(content)
    kind = _kind(buttons)
    if kind is None or any("{{" in button.title for button in buttons):
        return None
    values: dict[str, str] = {}
    body = _body([*words, *_codes(buttons)], values)
    if not body or length(filled(body, values)) > BODY_LIMITS[kind]:
        return None
    actions = [_action(button, values) for button in buttons if not isinstance(button, CopyButton)]
    name = content.template_name if isinstance(content, Card) else None
    made = _resource(name, {kind: {"body": body, "actions": actions}})
    digest = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()
    made["friendly_name"] = made["friendly_name"] or f"tessera_{digest[:16]}"
    made["variables"] = dict.fromkeys(values, SAMPLE)
    return Shape(digest, made, values)


def filled(body: str, values: dict[str, str]) -> str:
    """Return a shape's text as the customer sees it."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), body)


def shown(made: Shape) -> str:
    """Return the words of a filled shape."""
    [inner] = made.body["types"].values()
    return filled(inner["body"], made.variables)


def _words(content: Content) -> list[tuple[str, str]]:
    """Return the lines of the content as (pattern, value); the pattern holds one %s."""
    match content:
        case Card(title=title, text=text):
            return [(wording.bold("%s"), line) for line in title.splitlines()] + _lines(text)
        case Buttons(text=text) | Text(text=text):
            return _lines(text)
        case _:
            return []


def _lines(text: str) -> list[tuple[str, str]]:
    return [("%s", line) for line in text.splitlines()]


def _codes(buttons: Sequence[Button | QuickReply]) -> list[tuple[str, str]]:
    """Return a line for each text to copy: WhatsApp keeps its copy button for approved templates."""
    return [
        ("%s", f"{button.title}: {button.text}")
        for button in buttons
        if isinstance(button, CopyButton)
    ]


def _body(lines: Sequence[tuple[str, str]], values: dict[str, str]) -> str:
    """Return the body with each line as a variable; a variable may hold no line break."""
    body = []
    for pattern, line in lines:
        value = " ".join(line.split())
        if value:
            values[str(len(values) + 1)] = value
            body.append(pattern % f"{{{{{len(values)}}}}}")
        else:
            body.append("")
    return "\n".join(body).strip()


def _buttons(content: Content) -> tuple[Button | QuickReply, ...]:
    match content:
        case Card(buttons=buttons) | Buttons(buttons=buttons):
            return buttons
        case Text(quick_replies=replies):
            return replies
        case _:
            return ()


def _kind(buttons: Sequence[Button | QuickReply]) -> str | None:
    """Return the Content type that carries these buttons together, None when none does."""
    tappable = [button for button in buttons if not isinstance(button, CopyButton)]
    links = sum(isinstance(button, LinkButton) for button in tappable)
    numbers = sum(isinstance(button, PhoneButton) for button in tappable)
    if not tappable or len(tappable) > limits.BUTTONS:
        return None
    if links + numbers == 0:
        return QUICK_REPLY
    fits = links + numbers == len(tappable) and links <= LINKS and numbers <= 1
    return CALL_TO_ACTION if fits else None


def _action(
    button: LinkButton | PhoneButton | PostbackButton | QuickReply, values: dict[str, str]
) -> dict[str, str]:
    match button:
        case LinkButton(title=title, url=url):
            return {"type": "URL", "title": title, "url": _variable_url(url, values)}
        case PhoneButton(title=title, number=number):
            return {"type": "PHONE_NUMBER", "title": title, "phone": number}
        case (
            PostbackButton(title=title, payload=payload) | QuickReply(title=title, payload=payload)
        ):
            return {"type": "QUICK_REPLY", "title": title, "id": payload}
        case _:
            assert_never(button)


def _variable_url(url: str, values: dict[str, str]) -> str:
    """Return the address with its last segment as a variable; another form of address stands as it is."""
    parted = _LAST_SEGMENT.fullmatch(url)
    if parted is None:
        return url
    values[str(len(values) + 1)] = parted[2]
    return f"{parted[1]}{{{{{len(values)}}}}}"


def _resource(name: str | None, types: dict[str, Any]) -> dict[str, Any]:
    """Return the body of POST /v1/Content without its samples; the design's name carries the language."""
    told = _LANGUAGE.search(name or "")
    language = "_".join(part for part in told.groups() if part) if told else "en"
    friendly = re.sub(r"[^a-z0-9]+", "_", (name or "").lower()).strip("_")[:60]
    return {"friendly_name": friendly, "language": language, "types": types}
