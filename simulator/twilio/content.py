"""The Content API: templates are created, listed, approved, and filled when sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator import shapes
from simulator.checks import Checker
from simulator.platform import Answer, Call
from simulator.twilio import content_rules
from simulator.twilio.answers import not_found, refuse

if TYPE_CHECKING:
    import asyncpg

_SLOT = re.compile(r"\{\{\s*(\w+)\s*\}\}")
CATEGORIES = ("MARKETING", "UTILITY", "AUTHENTICATION")


@dataclass(frozen=True)
class Filled:
    """A template with its variables filled in."""

    types: dict[str, Any]
    approved: bool

    @property
    def needs_approval(self) -> bool:
        """Tell whether WhatsApp takes it only as an approved template, even inside the window."""
        kind, one = next(iter(self.types.items()))
        actions = one.get("actions")
        too_many = isinstance(actions, list) and len(actions) > content_rules.IN_SESSION_BUTTONS
        return too_many or kind in {"twilio/carousel", "whatsapp/authentication"}


async def create(call: Call) -> Answer:
    """POST /v1/Content."""
    body = _read(call)
    checker = Checker(call.world.is_https)
    checker.text(body, "language", "", 20)
    checker.text(body, "friendly_name", "", 256, required=False)
    types = body.get("types")
    if isinstance(types, dict):
        content_rules.check(checker, types)
    else:
        checker.fault("types", "The value must be an object")
    variables = body.get("variables", {})
    if not isinstance(variables, dict) or not all(
        isinstance(one, str) for one in variables.values()
    ):
        checker.fault("variables", "The value must be an object of strings")
    if checker.found:
        message, where = checker.found[0]
        raise refuse(20001, f"Invalid parameter: {where}: {message}")
    row = await call.world.pool.fetchrow(
        "INSERT INTO simulator.content (sid, account_id, body, created_at) VALUES ($1, $2, $3, $4)"
        " RETURNING sid, body, created_at, approval",
        shapes.twilio_sid("HX"),
        call.account.id,
        {
            "friendly_name": body.get("friendly_name", ""),
            "language": body["language"],
            "variables": variables,
            "types": types,
        },
        call.world.clock.now(),
    )
    return Answer(201, _resource(call, row))


def _read(call: Call) -> dict[str, Any]:
    try:
        body = json.loads(call.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise refuse(20001, "The request body is not a JSON object.")
    return body


async def listing(call: Call) -> Answer:
    """GET /v1/Content."""
    rows = await call.world.pool.fetch(
        "SELECT sid, body, created_at, approval FROM simulator.content WHERE account_id = $1"
        " ORDER BY created_at DESC, sid LIMIT 500",
        call.account.id,
    )
    meta = {"page": 0, "page_size": 500, "key": "contents", "next_page_url": None}
    return Answer(200, {"contents": [_resource(call, row) for row in rows], "meta": meta})


async def with_approvals(call: Call) -> Answer:
    """GET /v1/ContentAndApprovals."""
    rows = await call.world.pool.fetch(
        "SELECT sid, body, created_at, approval, category FROM simulator.content WHERE account_id = $1"
        " ORDER BY created_at DESC, sid LIMIT 500",
        call.account.id,
    )
    found = []
    for row in rows:
        told = {"name": row["body"].get("friendly_name", ""), "category": row["category"]}
        status = {"status": row["approval"], "rejection_reason": "", "content_type": ""}
        found.append({**_resource(call, row), "approval_requests": told | status})
    meta = {"page": 0, "page_size": 500, "key": "contents", "next_page_url": None}
    return Answer(200, {"contents": found, "meta": meta})


async def fetch(call: Call) -> Answer:
    """GET /v1/Content/{sid}."""
    return Answer(200, _resource(call, await _one(call, call.path("sid"))))


async def delete(call: Call) -> Answer:
    """DELETE /v1/Content/{sid}."""
    await _one(call, call.path("sid"))
    await call.world.pool.execute("DELETE FROM simulator.content WHERE sid = $1", call.path("sid"))
    return Answer(204, b"")


async def approve(call: Call) -> Answer:
    """POST /v1/Content/{sid}/ApprovalRequests/whatsapp: this WhatsApp approves at once."""
    await _one(call, call.path("sid"))
    body = _read(call)
    name, category = str(body.get("name", "")), body.get("category")
    if not re.fullmatch(r"[a-z0-9_]{1,512}", name):
        raise refuse(20001, "Invalid parameter: name: lower-case letters, digits and underscores")
    if category not in CATEGORIES:
        raise refuse(20001, f"Invalid parameter: category: one of {', '.join(CATEGORIES)}")
    await call.world.pool.execute(
        "UPDATE simulator.content SET approval = 'approved', category = $2 WHERE sid = $1",
        call.path("sid"),
        category,
    )
    told = {"name": name, "category": category, "content_type": "", "status": "received"}
    return Answer(201, {**told, "rejection_reason": "", "allow_category_change": True})


async def approval(call: Call) -> Answer:
    """GET /v1/Content/{sid}/ApprovalRequests."""
    row = await _one(call, call.path("sid"))
    told = {"type": "whatsapp", "status": row["approval"], "rejection_reason": ""}
    return Answer(
        200, {"sid": row["sid"], "account_sid": call.account.external_id, "whatsapp": told}
    )


async def fill(call: Call, sid: str, variables: str) -> Filled:
    """Return the template with its variables; raises Refusal for what does not fit."""
    row = await call.world.pool.fetchrow(
        "SELECT body, approval FROM simulator.content WHERE sid = $1 AND account_id = $2",
        sid,
        call.account.id,
    )
    if row is None:
        raise refuse(21655, "The ContentSid is Invalid")
    given = _variables(variables)
    values = {**row["body"]["variables"], **given}
    types = row["body"]["types"]
    wanted = set(_SLOT.findall(json.dumps(types)))
    if wanted - values.keys() or given.keys() - wanted:
        raise refuse(21656, "The Content Variables parameter is invalid")
    return Filled(_filled(types, values), row["approval"] == "approved")


def _variables(text: str) -> dict[str, str]:
    if not text:
        return {}
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not all(
        isinstance(one, str) and one for one in given.values()
    ):
        raise refuse(21656, "The Content Variables parameter is invalid")
    return given


def _filled(value: Any, values: dict[str, str]) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, str):
        return _SLOT.sub(lambda slot: values[slot[1]], value)
    if isinstance(value, dict):
        return {name: _filled(item, values) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    return value


async def _one(call: Call, sid: str) -> asyncpg.Record:
    row = await call.world.pool.fetchrow(
        "SELECT sid, body, created_at, approval FROM simulator.content WHERE sid = $1 AND account_id = $2",
        sid,
        call.account.id,
    )
    if row is None:
        raise not_found(f"/v1/Content/{sid}")
    return row


def _resource(call: Call, row: asyncpg.Record) -> dict[str, Any]:
    at = f"{row['created_at']:%Y-%m-%dT%H:%M:%SZ}"
    url = f"https://content.twilio.com/v1/Content/{row['sid']}"
    return {
        "sid": row["sid"],
        "account_sid": call.account.external_id,
        **row["body"],
        "date_created": at,
        "date_updated": at,
        "url": url,
        "links": {
            "approval_create": f"{url}/ApprovalRequests/whatsapp",
            "approval_fetch": f"{url}/ApprovalRequests",
        },
    }
