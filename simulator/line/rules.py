"""What LINE demands of message objects: required fields, sizes, counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.line import actions, flex, templates

if TYPE_CHECKING:
    from simulator.checks import Checker

KNOWN: dict[str, tuple[str, ...]] = {
    "text": ("text", "emojis", "quoteToken"),
    "textV2": ("text", "substitution", "quoteToken"),
    "sticker": ("packageId", "stickerId", "quoteToken"),
    "image": ("originalContentUrl", "previewImageUrl"),
    "video": ("originalContentUrl", "previewImageUrl", "trackingId"),
    "audio": ("originalContentUrl", "duration"),
    "location": ("title", "address", "latitude", "longitude"),
    "imagemap": ("baseUrl", "altText", "baseSize", "actions", "video"),
    "template": ("altText", "template"),
    "flex": ("altText", "contents"),
    "coupon": ("couponId", "deliveryTag"),
}
ALT_TEXT = 1500


def check_messages(checker: Checker, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Check the one to five messages of a send and return them."""
    messages = checker.items(body, "messages", "", 1, 5)
    for index, message in enumerate(messages):
        _message(checker, message, f"messages[{index}].")
    return messages


def _message(checker: Checker, message: dict[str, Any], path: str) -> None:
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in KNOWN:
        checker.choice(message, "type", path, KNOWN, required=True)
        return
    checker.known(message, path, ("type", "quickReply", "sender", *KNOWN[kind]))
    _details(checker, kind, message, path)
    if message.get("quickReply") is not None:
        actions.check_quick_reply(checker, message["quickReply"], f"{path}quickReply")
    sender = message.get("sender")
    if isinstance(sender, dict):
        checker.known(sender, f"{path}sender.", ("name", "iconUrl"))
        checker.text(sender, "name", f"{path}sender.", 20, required=False)
        checker.url(sender, "iconUrl", f"{path}sender.", required=False)


def _details(checker: Checker, kind: str, message: dict[str, Any], path: str) -> None:  # noqa: C901 (one branch a kind)
    match kind:
        case "text" | "textV2":
            checker.text(message, "text", path, 5000)
        case "sticker":
            checker.text(message, "packageId", path, 20)
            checker.text(message, "stickerId", path, 20)
        case "image" | "video":
            checker.url(message, "originalContentUrl", path)
            checker.url(message, "previewImageUrl", path)
        case "audio":
            checker.url(message, "originalContentUrl", path)
            checker.number(message, "duration", path, 1, 24 * 3600 * 1000)
        case "location":
            checker.text(message, "title", path, 100)
            checker.text(message, "address", path, 100)
            checker.number(message, "latitude", path, -90, 90)
            checker.number(message, "longitude", path, -180, 180)
        case "imagemap":
            checker.url(message, "baseUrl", path)
            checker.text(message, "altText", path, ALT_TEXT)
            checker.items(message, "actions", path, 1, 50)
        case "template":
            checker.text(message, "altText", path, ALT_TEXT)
            templates.check(checker, message.get("template"), f"{path}template")
        case "flex":
            checker.text(message, "altText", path, ALT_TEXT)
            flex.check(checker, message.get("contents"), f"{path}contents")
        case "coupon":
            checker.text(message, "couponId", path, 100)
            checker.text(message, "deliveryTag", path, 30, required=False)
        case _:
            return
