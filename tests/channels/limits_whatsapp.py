"""What Twilio and WhatsApp would refuse: a second opinion that shares nothing with the renderer.

Written from Twilio's API reference. Both functions return the broken rules, [] for a good request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

PARAMETERS = {
    *("To", "From", "MessagingServiceSid", "Body", "MediaUrl", "ContentSid", "ContentVariables"),
    *("StatusCallback", "PersistentAction"),
}
WEB = re.compile(r"https://[^\s/]+\S*|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(/\S*)?")
WHATSAPP = re.compile(r"whatsapp:(\+[1-9]\d{6,14}|[A-Z]{2}\.\S+)")
GEO = re.compile(r"geo:(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)(\|[^|\n]+)?")
TITLES = {"URL": 25, "PHONE_NUMBER": 20, "QUICK_REPLY": 20}
FIELDS = {
    "URL": {"type", "title", "url"},
    "PHONE_NUMBER": {"type", "title", "phone"},
    "QUICK_REPLY": {"type", "title", "id"},
}


def units(text: str) -> int:
    """Return the UTF-16 length."""
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


def message_faults(form: Mapping[str, str]) -> list[str]:
    """Check the fields of POST Messages.json."""
    return [*_address_faults(form), *_content_faults(form)]


def _address_faults(form: Mapping[str, str]) -> Iterator[str]:
    yield from (f"unknown parameter {name}" for name in form if name not in PARAMETERS)
    yield from (f"{name} is empty" for name, value in form.items() if not value.strip())
    if not WHATSAPP.fullmatch(form.get("To", "")):
        yield "21211 To"
    if ("From" in form) == ("MessagingServiceSid" in form):
        yield "21603 one sender"
    if "From" in form and not WHATSAPP.fullmatch(form["From"]):
        yield "21212 From"
    if not re.fullmatch(r"MG[0-9a-f]{32}", form.get("MessagingServiceSid", "MG" + "0" * 32)):
        yield "21701 service"
    if "StatusCallback" in form and not WEB.fullmatch(form["StatusCallback"]):
        yield "21609 StatusCallback"


def _content_faults(form: Mapping[str, str]) -> Iterator[str]:
    if not {"Body", "MediaUrl", "ContentSid"} & set(form):
        yield "21619 nothing to send"
    if "ContentSid" in form and {"Body", "MediaUrl"} & set(form):
        yield "a template stands alone"
    if not re.fullmatch(r"HX[0-9a-f]{32}", form.get("ContentSid", "HX" + "0" * 32)):
        yield "21655 ContentSid"
    if units(form.get("Body", "")) > 1600:
        yield "21617 Body"
    if "MediaUrl" in form and not WEB.fullmatch(form["MediaUrl"]):
        yield "21620 MediaUrl"
    if "PersistentAction" in form and not _is_place(form["PersistentAction"]):
        yield "PersistentAction"
    yield from _variable_faults(form)


def _is_place(action: str) -> bool:
    told = GEO.fullmatch(action)
    return told is not None and abs(float(told[1])) <= 90 and abs(float(told[2])) <= 180


def _variable_faults(form: Mapping[str, str]) -> Iterator[str]:
    if "ContentVariables" not in form:
        return
    if "ContentSid" not in form:
        yield "variables without a template"
    variables = json.loads(form["ContentVariables"])
    for name, value in variables.items():
        if not isinstance(value, str) or not value.strip() or units(value) > 1600:
            yield f"21656 variable {name}"
        if len(name) > 16:
            yield f"variable name {name}"
        if re.search(r"[\n\t]| {5}", value):
            yield f"variable {name} has a line break"


def content_faults(body: Mapping[str, Any]) -> list[str]:
    """Check the body of POST /v1/Content as one that is to be sent in session, without approval."""
    faults = [f"unknown property {name}" for name in set(body) - _PROPERTIES]
    if not re.fullmatch(r"[a-z]{2}(_[A-Z][A-Za-z]{1,3})?", body["language"]):
        faults.append("language")
    if not re.fullmatch(r"[a-z0-9_]{1,512}", body["friendly_name"]):
        faults.append("friendly_name")
    if len(body["types"]) != 1:
        faults.append("one type")
    for kind, inner in body["types"].items():
        faults += _TYPE_CHECKS.get(kind, lambda _: ["type needs approval"])(inner)
    used = set(re.findall(r"\{\{(.*?)\}\}", json.dumps(body["types"])))
    if used != set(body["variables"]):
        faults.append("each variable has a sample, and each sample is used")
    if sorted(used, key=int) != [str(n + 1) for n in range(len(used))]:
        faults.append("variables count up from 1")
    return faults


_PROPERTIES = {"friendly_name", "language", "variables", "types"}


def _actions_faults(actions: list[dict[str, str]], allowed: set[str]) -> Iterator[str]:
    if not 1 <= len(actions) <= 3:
        yield "one to three buttons in session"
    for action in actions:
        if action["type"] in allowed:
            yield from _action_faults(action)
        else:
            yield f"{action['type']} does not stand here"


def _action_faults(action: dict[str, str]) -> Iterator[str]:
    kind = action["type"]
    if set(action) != FIELDS[kind]:
        yield f"fields of {kind}"
    if not 1 <= units(action["title"]) <= TITLES[kind] or "{{" in action["title"]:
        yield "title"
    if "{{" in action.get("url", "") and not re.search(r"/\{\{\d+\}\}$", action["url"]):
        yield "a variable stands at the end of an address"
    if not re.fullmatch(r"\+[1-9]\d{6,14}", action.get("phone", "+1234567")):
        yield "phone"
    if not 1 <= len(action.get("id", "x")) <= 200:
        yield "id"


def _quick_reply(inner: Mapping[str, Any]) -> list[str]:
    faults = list(_actions_faults(inner["actions"], {"QUICK_REPLY"}))
    return faults + (["body"] if not 1 <= units(inner["body"]) <= 1024 else [])


def _call_to_action(inner: Mapping[str, Any]) -> list[str]:
    faults = list(_actions_faults(inner["actions"], {"URL", "PHONE_NUMBER"}))
    kinds = [action["type"] for action in inner["actions"]]
    if kinds.count("URL") > 2 or kinds.count("PHONE_NUMBER") > 1:
        faults.append("two links and one number")
    return faults + (["body"] if not 1 <= units(inner["body"]) <= 640 else [])


_TYPE_CHECKS = {"twilio/quick-reply": _quick_reply, "twilio/call-to-action": _call_to_action}
