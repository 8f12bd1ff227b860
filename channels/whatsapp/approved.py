"""Twilio's list of templates with WhatsApp's approvals, as an agent chooses from it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conversations.channel import ApprovedTemplate

PATH = "/v1/ContentAndApprovals?PageSize=100"
_SLOT = re.compile(r"\{\{\s*(\w{1,16})\s*\}\}")
# Kinds an agent fills in by a form; what opens a catalogue, a flow or a code of its own is left out.
_WORDS = ("body", "title", "subtitle")
_KINDS = frozenset(
    {
        "twilio/text",
        "twilio/media",
        "twilio/quick-reply",
        "twilio/call-to-action",
        "twilio/card",
        "whatsapp/card",
    }
)


def templates(answer: object) -> list[ApprovedTemplate]:
    """Return the approved templates of a page of the list; what cannot be read is left out."""
    rows = answer.get("contents") if isinstance(answer, dict) else None
    found = (_template(row) for row in rows or () if isinstance(row, dict))
    return [one for one in found if one is not None]


def next_page(answer: object) -> str:
    """Return path and query of the next page, "" after the last one."""
    meta = answer.get("meta") if isinstance(answer, dict) else None
    url = meta.get("next_page_url") if isinstance(meta, dict) else None
    if not isinstance(url, str) or "/v1/ContentAndApprovals?" not in url:
        return ""
    return "/v1/ContentAndApprovals?" + url.partition("/v1/ContentAndApprovals?")[2]


def _template(row: Mapping[str, Any]) -> ApprovedTemplate | None:
    approval, types = row.get("approval_requests"), row.get("types")
    if not isinstance(approval, dict) or approval.get("status") != "approved":
        return None
    if not isinstance(types, dict) or not (kinds := sorted(types.keys() & _KINDS)):
        return None
    inner = types[kinds[0]]
    sid = row.get("sid")
    if not isinstance(sid, str) or not isinstance(inner, dict):
        return None
    lines = [inner[name] for name in _WORDS if isinstance(inner.get(name), str) and inner[name]]
    told = row.get("variables")
    samples = told if isinstance(told, dict) else {}
    slots = dict.fromkeys(slot for text in _strings(inner) for slot in _SLOT.findall(text))
    return ApprovedTemplate(
        id=sid,
        name=str(approval.get("name") or row.get("friendly_name") or sid),
        language=str(row.get("language") or ""),
        category=str(approval.get("category") or "").lower(),
        body=_SLOT.sub(r"{{\1}}", "\n".join(lines)),
        buttons=tuple(_titles(inner)),
        variables={slot: str(samples.get(slot) or "") for slot in slots},
    )


def _titles(inner: Mapping[str, Any]) -> Iterator[str]:
    actions = inner.get("actions")
    for action in actions if isinstance(actions, list) else ():
        if isinstance(action, dict) and isinstance(action.get("title"), str):
            yield action["title"]


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
