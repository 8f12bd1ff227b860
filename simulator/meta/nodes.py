"""The Graph API's reads and settings: who am I, who wrote, which app listens."""

from __future__ import annotations

from typing import Any

from simulator import accounts
from simulator.meta.answers import error, invalid, read
from simulator.platform import Answer, Call, Refusal

PERSON = {
    "messenger": ("id", "name", "first_name", "last_name", "profile_pic", "locale"),
    "instagram": (
        *("id", "name", "username", "profile_pic", "follower_count"),
        *("is_user_follow_business", "is_business_follow_user"),
    ),
}
LOCALES = {"zh-TW": "zh_TW", "ja": "ja_JP", "th": "th_TH", "en": "en_US"}


async def node(call: Call) -> Answer:
    """GET /{node}?fields=: the account itself or one of its people."""
    asked = call.path("node")
    if asked in {"me", call.account.external_id}:
        facts = await _account(call)
        default = ["id", "name"]
    else:
        facts = await _person(call, asked)
        default = ["id", "name"]
    fields = [one for one in call.request.query.get("fields", "").split(",") if one] or default
    for field in fields:
        if field not in facts:
            raise invalid(f"Tried accessing nonexisting field ({field})")
    shown = {
        name: facts[name] for name in dict.fromkeys([*fields, "id"]) if facts[name] is not None
    }
    return Answer(200, shown)


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
        "instagram_business_account": None,
    }
    if account.channel == "messenger":
        linked = await call.world.pool.fetchval(
            "SELECT external_id FROM simulator.account WHERE channel = 'instagram' AND token = $1",
            account.token,
        )
        facts["instagram_business_account"] = {"id": linked} if linked else None
    return facts


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
    return Answer(200, {"data": [{"id": call.account.external_id, "name": "Tessera"}]})


async def nowhere(call: Call) -> Answer:
    """Answer for paths the Graph API does not have, or this simulator does not play."""
    read(call.body)
    return error(400, 2500, f"Unknown path components: /{call.path('rest')}")
