"""What the Content API demands of each type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.checks import Checker

UNCHECKED = ("twilio/catalog", "twilio/flows", "twilio/schedule", "whatsapp/authentication")
TYPES = (
    *(
        "twilio/text",
        "twilio/media",
        "twilio/location",
        "twilio/quick-reply",
        "twilio/call-to-action",
    ),
    *("twilio/list-picker", "twilio/card", "twilio/carousel", "whatsapp/card", *UNCHECKED),
)
ACTIONS = ("QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE")
BODY = 1024
IN_SESSION_BUTTONS = 3
COUPON_CODE = 15
_PHONE = re.compile(r"\+[0-9]{6,15}")


def check(checker: Checker, types: dict[str, Any]) -> None:
    """Check every type of a content."""
    if not types:
        checker.fault("types", "At least one type is required")
    for kind, one in types.items():
        if kind not in TYPES:
            checker.fault(f"types.{kind}", "Unknown content type")
        elif not isinstance(one, dict):
            checker.fault(f"types.{kind}", "The value must be an object")
        else:
            _type(checker, kind, one, f"types.{kind}.")


def _type(checker: Checker, kind: str, one: dict[str, Any], path: str) -> None:
    match kind:
        case "twilio/text":
            checker.text(one, "body", path, 1600)
        case "twilio/media":
            checker.text(one, "body", path, BODY, required=False)
            _media(checker, one, path, required=True)
        case "twilio/location":
            checker.number(one, "latitude", path, -90, 90)
            checker.number(one, "longitude", path, -180, 180)
        case "twilio/quick-reply" | "twilio/call-to-action":
            checker.text(one, "body", path, BODY)
            allowed = ACTIONS[:1] if kind == "twilio/quick-reply" else ACTIONS[1:]
            _actions(checker, one, path, (1, 10), allowed)
        case "twilio/list-picker":
            _list(checker, one, path)
        case "twilio/card" | "whatsapp/card":
            _card(checker, kind, one, path)
        case "twilio/carousel":
            _carousel(checker, one, path)
        case _:
            return


def _media(checker: Checker, one: dict[str, Any], path: str, *, required: bool = False) -> None:
    media = one.get("media")
    media = [media] if isinstance(media, str) else media
    if not media:
        if required:
            checker.fault(f"{path}media", "At least one media URL is required")
        return
    if not isinstance(media, list) or not all(checker.is_https(url) for url in media):
        checker.fault(f"{path}media", "Media must be https URLs")


def _card(checker: Checker, kind: str, one: dict[str, Any], path: str) -> None:
    words = "title" if kind == "twilio/card" else "body"
    checker.text(one, words, path, BODY)
    checker.text(one, "header_text", path, 60, required=False)
    checker.text(one, "subtitle", path, 60, required=False)
    checker.text(one, "footer", path, 60, required=False)
    _media(checker, one, path)
    if one.get("actions"):
        _actions(checker, one, path, (1, 10), ACTIONS)


def _carousel(checker: Checker, one: dict[str, Any], path: str) -> None:
    checker.text(one, "body", path, BODY)
    for index, card in enumerate(checker.items(one, "cards", path, 2, 10)):
        here = f"{path}cards[{index}]."
        checker.text(card, "title", here, 160, required=False)
        checker.text(card, "body", here, 160, required=False)
        _media(checker, card, here, required=True)
        _actions(checker, card, here, (1, 2), ACTIONS[:3])


def _list(checker: Checker, one: dict[str, Any], path: str) -> None:
    checker.text(one, "body", path, BODY)
    checker.text(one, "button", path, 20)
    for index, item in enumerate(checker.items(one, "items", path, 1, 10)):
        here = f"{path}items[{index}]."
        checker.text(item, "item", here, 24)
        checker.text(item, "id", here, 200)
        checker.text(item, "description", here, 72, required=False)


def _actions(
    checker: Checker,
    one: dict[str, Any],
    path: str,
    count: tuple[int, int],
    allowed: tuple[str, ...],
) -> None:
    for index, action in enumerate(checker.items(one, "actions", path, *count)):
        here = f"{path}actions[{index}]."
        kind = action.get("type", "QUICK_REPLY" if allowed == ACTIONS[:1] else None)
        if kind not in allowed:
            checker.choice({"type": kind}, "type", here, allowed, required=True)
            continue
        _action(checker, str(kind), action, here)


def _action(checker: Checker, kind: str, action: dict[str, Any], path: str) -> None:
    match kind:
        case "QUICK_REPLY":
            checker.text(action, "title", path, 20)
            checker.text(action, "id", path, 200)
        case "URL":
            checker.text(action, "title", path, 25)
            checker.url(action, "url", path)
        case "PHONE_NUMBER":
            checker.text(action, "title", path, 25)
            if not _PHONE.fullmatch(str(action.get("phone", ""))):
                checker.fault(f"{path}phone", "Must be an E.164 phone number")
        case _:
            checker.text(action, "code", path, COUPON_CODE)
