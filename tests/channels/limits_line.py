"""A second opinion on what LINE takes: reads a request body and lists every rule it breaks.

Written from LINE's published limits alone; it shares no code with the renderer it judges.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlparse

Json = dict[str, Any]
ENUMS = {
    "layout": {"horizontal", "vertical", "baseline"},
    "style": {"primary", "secondary", "link"},
    "height": {"sm", "md"},
    "weight": {"regular", "bold"},
    "aspectMode": {"cover", "fit"},
}
ALLOWED = {
    "bubble": {"type", "size", "direction", "header", "hero", "body", "footer", "styles", "action"},
    "box": {"type", "layout", "contents", "spacing", "margin", "action", "backgroundColor", "flex"},
    "text": {
        "type",
        "text",
        "wrap",
        "weight",
        "size",
        "color",
        "align",
        "margin",
        "flex",
        "action",
    },
    "image": {"type", "url", "size", "aspectRatio", "aspectMode", "action", "align"},
    "button": {"type", "action", "style", "height", "color", "margin", "flex"},
    "separator": {"type", "margin", "color"},
}


def broken_rules(raw: bytes) -> list[str]:
    """Return the rules a reply or push body breaks; [] when LINE would take it."""
    found: list[str] = []
    if len(raw) > 2_000_000:
        found.append("body over 2 MB")
    body = json.loads(raw)
    if not (isinstance(body.get("to"), str) ^ isinstance(body.get("replyToken"), str)):
        found.append("needs exactly one of to and replyToken")
    if not isinstance(body.get("notificationDisabled", False), bool):
        found.append("notificationDisabled is no boolean")
    if not 1 <= len(body["messages"]) <= 5:
        found.append("1 to 5 messages")
    for message in body["messages"]:
        found += _message(message)
    return found


def _message(message: Json) -> list[str]:
    found = []
    judge = MESSAGES.get(message["type"])
    found += judge(message) if judge else [f"no such message: {message['type']}"]
    items = message.get("quickReply", {}).get("items", [])
    if "quickReply" in message and not 1 <= len(items) <= 13:
        found.append("1 to 13 quick replies")
    for item in items:
        found += [] if item["type"] == "action" else ["quick reply item type"]
        found += _action(item["action"], label_limit=20)
    name = message.get("sender", {}).get("name")
    if name is not None and not 1 <= _length(name) <= 20:
        found.append("sender name 1 to 20")
    return found


def _text(message: Json) -> list[str]:
    return _bounded(message["text"], 5000, "text")


def _picture(message: Json) -> list[str]:
    return _url(message["originalContentUrl"], 2000) + _url(message["previewImageUrl"], 2000)


def _audio(message: Json) -> list[str]:
    found = _url(message["originalContentUrl"], 2000)
    whole = isinstance(message["duration"], int) and message["duration"] > 0
    return found if whole else [*found, "duration"]


def _location(message: Json) -> list[str]:
    inside = abs(message["latitude"]) <= 90 and abs(message["longitude"]) <= 180
    found = [] if inside else ["coordinates"]
    return (
        found
        + _bounded(message["title"], 100, "title")
        + _bounded(message["address"], 100, "address")
    )


def _template(message: Json) -> list[str]:
    template = message["template"]
    found = _bounded(message["altText"], 400, "altText")
    if template["type"] != "buttons":
        return [*found, "only buttons templates are used"]
    narrow = "title" in template or "thumbnailImageUrl" in template
    found += _bounded(template["text"], 60 if narrow else 160, "template text")
    if not 1 <= len(template["actions"]) <= 4:
        found.append("1 to 4 template actions")
    for action in template["actions"]:
        found += _action(action, label_limit=20)
        found += ["clipboard in a template"] if action["type"] == "clipboard" else []
    return found


def _flex(message: Json) -> list[str]:
    found = _bounded(message["altText"], 1500, "altText")
    container = message["contents"]
    if container["type"] == "bubble":
        return found + _bubble(container)
    if container["type"] != "carousel" or set(container) != {"type", "contents"}:
        return [*found, "flex container"]
    if not 1 <= len(container["contents"]) <= 12:
        found.append("1 to 12 bubbles")
    if len(json.dumps(container, ensure_ascii=False).encode()) > 60_000:
        found.append("carousel over its size")
    for bubble in container["contents"]:
        found += _bubble(bubble)
    return found


def _bubble(bubble: Json) -> list[str]:
    found = [] if set(bubble) <= ALLOWED["bubble"] else ["unknown bubble property"]
    if not set(bubble) & {"header", "hero", "body", "footer"}:
        found.append("empty bubble")
    if len(json.dumps(bubble, ensure_ascii=False, separators=(",", ":")).encode()) > 30_720:
        found.append("bubble over 30 KB")
    for block in ("header", "body", "footer"):
        if block in bubble:
            found += [] if bubble[block]["type"] == "box" else [f"{block} is no box"]
            found += _component(bubble[block])
    return found + (_component(bubble["hero"]) if "hero" in bubble else [])


def _component(part: Json) -> list[str]:
    kind = part["type"]
    if kind not in ALLOWED:
        return [f"no such component: {kind}"]
    found = [f"{kind} has no {name}" for name in set(part) - ALLOWED[kind]]
    found += [
        f"{name}: {part[name]}"
        for name, values in ENUMS.items()
        if part.get(name, "") not in values | {""}
    ]
    if kind == "text":
        found += _bounded(part["text"], 2000, "flex text")
    if kind == "image":
        found += _url(part["url"], 2000)
    if "action" in part:
        found += _action(part["action"], label_limit=40 if kind != "button" else 20)
    elif kind == "button":
        found.append("button without action")
    for inner in part.get("contents", []):
        found += _component(inner)
    return found


def _action(action: Json, *, label_limit: int) -> list[str]:
    found = _bounded(action["label"], label_limit, "label")
    if action["type"] == "uri":
        scheme = urlparse(action["uri"]).scheme
        phone = scheme == "tel" and action["uri"][4:].lstrip("+").isdigit()
        return found if phone else found + _url(action["uri"], 1000)
    if action["type"] == "postback":
        return (
            found
            + _bounded(action["data"], 300, "data")
            + _bounded(action["displayText"], 300, "displayText")
        )
    if action["type"] == "clipboard":
        return found + _bounded(action["clipboardText"], 1000, "clipboardText")
    return [*found, f"no such action: {action['type']}"]


def _bounded(value: object, limit: int, what: str) -> list[str]:
    if not isinstance(value, str) or not value.strip():
        return [f"{what} is empty"]
    return [] if _length(value) <= limit else [f"{what} over {limit}"]


def _url(value: str, limit: int) -> list[str]:
    parts = urlparse(value)
    local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not (parts.scheme == "https" or local) or not parts.hostname:
        return [f"not https: {value}"]
    clean = value.isascii() and not any(char.isspace() for char in value)
    return [] if clean and len(value) <= limit else [f"address: {value[:40]}"]


def _length(text: str) -> int:
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


MESSAGES = {
    "text": _text,
    "image": _picture,
    "video": _picture,
    "audio": _audio,
    "location": _location,
    "template": _template,
    "flex": _flex,
}
