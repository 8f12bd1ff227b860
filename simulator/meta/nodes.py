"""The Graph API's reads and settings: who am I, who wrote, which app listens."""

from __future__ import annotations

import re
from typing import Any

from simulator import accounts
from simulator.meta import events
from simulator.meta.answers import error, invalid, read
from simulator.platform import Answer, Call, Refusal

PERSON = {
    "messenger": ("id", "name", "first_name", "last_name", "profile_pic", "locale"),
    "instagram": (
        *("id", "name", "username", "profile_pic", "follower_count"),
        *("is_user_follow_business", "is_business_follow_user"),
    ),
}
FIELDS = (
    *(
        "messages",
        "messaging_postbacks",
        "messaging_referrals",
        "messaging_optins",
        "message_echoes",
    ),
    *(
        "message_deliveries",
        "message_reads",
        "message_reactions",
        "message_edits",
        "messaging_referral",
    ),
    *("messaging_account_linking", "messaging_seen", "standby", "message_template_status_update"),
)
_FIELD = re.compile(r"(\w+)(?:\{([\w,]*)\})?")
LOCALES = {"zh-TW": "zh_TW", "ja": "ja_JP", "th": "th_TH", "en": "en_US"}


async def node(call: Call) -> Answer:
    """GET /{node}?fields=: the account itself or one of its people; fields may be expanded, `a{b,c}`."""
    asked = call.path("node")
    mine = asked in {"me", call.account.external_id}
    facts = await _account(call) if mine else await _person(call, asked)
    return Answer(200, _chosen(facts, call.request.query.get("fields") or "id,name"))


def _chosen(facts: dict[str, Any], fields: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, inner in _FIELD.findall(fields):
        if name not in facts:
            raise invalid(f"Tried accessing nonexisting field ({name})")
        value = facts[name]
        if isinstance(value, dict):
            value = _chosen(value, inner or "id")
        if value is not None:
            shown[name] = value
    return {**shown, "id": facts["id"]}


async def _account(call: Call) -> dict[str, Any]:
    account = call.account
    facts: dict[str, Any] = {
        "id": account.external_id,
        "name": account.name,
        "username": account.address,
        "user_id": account.external_id,
        "account_type": "BUSINESS",
        "profile_picture_url": None,
        "link": f"https://www.facebook.com/{account.external_id}",
    }
    linked = await call.world.pool.fetchrow(
        "SELECT external_id AS id, address AS username, name FROM simulator.account"
        " WHERE channel = 'instagram' AND token = $1",
        account.token,
    )
    # An Instagram account reached through graph.facebook.com is spoken for by its Page's token.
    return {**facts, "instagram_business_account": None if linked is None else dict(linked)}


async def _person(call: Call, asked: str) -> dict[str, Any]:
    for person in await accounts.customers(call.world.pool, call.account.id):
        if person.external_id == asked:
            return _facts(call.account.channel, person)
    raise Refusal(
        error(
            400,
            100,
            f"Unsupported get request. Object with ID '{asked}' does not exist, cannot be loaded due to missing"
            " permissions, or does not support this operation.",
            subcode=33,
            kind="GraphMethodException",
        )
    )


def _facts(channel: str, person: accounts.Customer) -> dict[str, Any]:
    first, _, last = person.name.partition(" ")
    facts = {
        "id": person.external_id,
        "name": person.name,
        "first_name": first,
        "last_name": last,
        "profile_pic": None,
        "locale": LOCALES.get(person.language, "en_US"),
        "username": f"{first.lower()}.{person.external_id[-4:]}",
        "follower_count": 42,
        "is_user_follow_business": True,
        "is_business_follow_user": False,
    }
    return {name: facts[name] for name in PERSON[channel]}


async def listening(_call: Call) -> Answer:
    """POST /{node}/subscribed_apps and /{node}/messenger_profile."""
    return Answer(200, {"success": True, "result": "success"})


async def listeners(call: Call) -> Answer:
    """GET /{node}/subscribed_apps and /{node}/messenger_profile."""
    app = {
        "id": str(events.app_id(call.account)),
        "name": "Tessera",
        "subscribed_fields": list(FIELDS),
    }
    return Answer(200, {"data": [app]})


async def nowhere(call: Call) -> Answer:
    """Answer for paths the Graph API does not have, or this simulator does not play."""
    read(call.body)
    return error(400, 2500, f"Unknown path components: /{call.path('rest')}")
