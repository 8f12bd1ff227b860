"""What the Send API refuses, written from the platforms' limits alone: it shares nothing with the renderers."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

KINDS = {"image", "video", "audio", "file", "template"}
COUPON = {
    "template_type",
    "title",
    "subtitle",
    "coupon_code",
    "coupon_url",
    "coupon_url_button_title",
    "coupon_pre_message",
    "image_url",
    "payload",
}


def check_messenger(body: dict[str, Any]) -> None:
    """Fail where Messenger would refuse `body`."""
    _check(body)
    message = body["message"]
    assert len(message.get("text", "")) <= 2000
    if "attachment" in message:
        _attachment(message["attachment"], KINDS, {"generic", "button", "coupon"}, call=True)


def check_instagram(body: dict[str, Any]) -> None:
    """Fail where Instagram would refuse `body`."""
    _check(body)
    message = body["message"]
    assert len(message.get("text", "").encode()) <= 1000
    if "attachment" in message:
        kinds = KINDS - {"file"}
        _attachment(message["attachment"], kinds, {"generic", "button"}, call=False)
        if message["attachment"]["type"] == "image":
            assert not re.search(r"\.(gif|webp|svg)$", message["attachment"]["payload"]["url"])


def _check(body: dict[str, Any]) -> None:
    assert set(body) - {"tag"} == {"recipient", "messaging_type", "message"}
    assert body["recipient"]["id"]
    if body["messaging_type"] == "MESSAGE_TAG":
        assert body["tag"] == "HUMAN_AGENT"
    else:
        assert body["messaging_type"] == "RESPONSE"
        assert "tag" not in body
    message = body["message"]
    assert ("text" in message) != ("attachment" in message)
    assert set(message) <= {"text", "attachment", "quick_replies", "metadata"}
    assert str(UUID(message["metadata"])) == message["metadata"]
    assert message.get("text", "x").strip()
    _quick_replies(message.get("quick_replies"))


def _quick_replies(replies: list[dict[str, Any]] | None) -> None:
    if replies is None:
        return
    assert 1 <= len(replies) <= 13
    for reply in replies:
        assert set(reply) == {"content_type", "title", "payload"}
        assert reply["content_type"] == "text"
        assert 1 <= len(reply["title"]) <= 20
        assert 1 <= len(reply["payload"]) <= 1000


def _attachment(
    attachment: dict[str, Any], kinds: set[str], templates: set[str], *, call: bool
) -> None:
    assert set(attachment) == {"type", "payload"}
    assert attachment["type"] in kinds
    payload = attachment["payload"]
    if attachment["type"] != "template":
        assert set(payload) == {"url"}
        _address(payload["url"])
        return
    assert payload["template_type"] in templates
    if payload["template_type"] == "generic":
        _generic(payload, call=call)
    elif payload["template_type"] == "button":
        assert set(payload) == {"template_type", "text", "buttons"}
        assert 1 <= len(payload["text"]) <= 640
        _buttons(payload["buttons"], call=call)
    else:
        _coupon(payload)


def _generic(payload: dict[str, Any], *, call: bool) -> None:
    assert set(payload) == {"template_type", "elements"}
    assert 1 <= len(payload["elements"]) <= 10
    for element in payload["elements"]:
        assert set(element) <= {"title", "subtitle", "image_url", "buttons", "default_action"}
        assert 1 <= len(element["title"]) <= 80
        assert set(element) & {"subtitle", "image_url", "buttons"}
        assert 1 <= len(element.get("subtitle", "x")) <= 80
        if "image_url" in element:
            _address(element["image_url"])
        if "buttons" in element:
            _buttons(element["buttons"], call=call)
        if "default_action" in element:
            assert set(element["default_action"]) == {"type", "url"}
            assert element["default_action"]["type"] == "web_url"
            _address(element["default_action"]["url"])


def _buttons(buttons: list[dict[str, Any]], *, call: bool) -> None:
    assert 1 <= len(buttons) <= 3
    for button in buttons:
        assert 1 <= len(button["title"]) <= 20
        if button["type"] == "web_url":
            assert set(button) == {"type", "title", "url"}
            _address(button["url"])
        elif button["type"] == "postback":
            assert set(button) == {"type", "title", "payload"}
            assert 1 <= len(button["payload"]) <= 1000
        else:
            assert button["type"] == "phone_number"
            assert call
            assert re.fullmatch(r"\+\d{6,15}", button["payload"])


def _coupon(payload: dict[str, Any]) -> None:
    assert set(payload) <= COUPON
    assert 1 <= len(payload["title"]) <= 80
    assert 1 <= len(payload.get("subtitle", "x")) <= 80
    assert "coupon_code" in payload or "coupon_url" in payload
    assert " " not in payload.get("coupon_code", "")
    for name in ("coupon_url", "image_url"):
        if name in payload:
            _address(payload[name])
    assert ("coupon_url" in payload) == ("coupon_url_button_title" in payload)


def _address(url: str) -> None:
    assert re.match(r"https://[^/\s]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?/", url)
    assert not re.search(r"\s", url)
