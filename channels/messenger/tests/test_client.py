"""Looking people up and checking a Page."""

from __future__ import annotations

import aiohttp
import msgspec
import pytest

from channels.messenger.channel import CHANNEL
from channels.messenger.client import FIELDS, MessengerClient
from channels.messenger.tests.samples import ACCOUNT
from conversations.channel import Check, Profile
from tests.channels.meta_graph.graph import graph

PAGE = {"id": ACCOUNT.external_id, "name": "Tea house", "username": "teahouse.taipei"}
SUBSCRIBED = {"data": [{"id": "15", "subscribed_fields": list(FIELDS)}]}
FAULT = {"error": {"message": "no", "code": 190}}


async def check(account=ACCOUNT, **answers):
    told = {"me": (200, PAGE), "me/subscribed_apps": (200, SUBSCRIBED)}
    async with graph(CHANNEL, account, {**told, **answers}) as (client, _):
        return await client.check()


async def test_a_person_is_looked_up_by_their_id():
    found = {"first_name": "Lin", "last_name": "陳", "profile_pic": "https://p", "locale": "zh_TW"}
    async with graph(CHANNEL, ACCOUNT, {"612": (200, found)}) as (client, server):
        assert await client.profile("612") == Profile("Lin 陳", "https://p", "zh-TW")
    assert server.asked[0][2]["fields"] == "first_name,last_name,profile_pic,locale"


async def test_a_person_who_tells_nothing_has_an_empty_profile():
    async with graph(CHANNEL, ACCOUNT, {"612": (200, {"id": "612"})}) as (client, _):
        assert await client.profile("612") == Profile()


@pytest.mark.parametrize(
    ("status", "answer", "retry"),
    [(403, {"error": {"code": 200}}, False), (500, b"", True), (400, {"error": {"code": 4}}, True)],
)
async def test_a_failed_look_up_says_whether_to_try_again(status, answer, retry):
    async with graph(CHANNEL, ACCOUNT, {"612": (status, answer)}) as (client, _):
        told = await client.profile("612")
    assert (told.retry, told.unknown) == (retry, False)


async def test_an_id_cannot_lead_to_another_address():
    async with graph(CHANNEL, ACCOUNT, {}) as (client, server):
        await client.profile("../me?fields=access_token")
    assert all("access_token" not in query.get("fields", "") for *_, query, _ in server.asked)


async def test_a_good_account_learns_its_page_and_user_name():
    assert await check() == Check(
        ok=True, external_id=ACCOUNT.external_id, address="teahouse.taipei"
    )


async def test_a_new_account_learns_its_id():
    told = await check(msgspec.structs.replace(ACCOUNT, external_id=""))
    assert (told.ok, told.external_id) == (True, ACCOUNT.external_id)


async def test_missing_subscriptions_are_named():
    some = {"data": [{"subscribed_fields": ["messages", "message_reads"]}]}
    told = await check(**{"me/subscribed_apps": (200, some)})
    assert told.ok
    assert "message_echoes" in told.advice[0]
    assert "message_reads" not in told.advice[0]


async def test_unreadable_subscriptions_are_listed_to_look_after():
    told = await check(**{"me/subscribed_apps": (403, b"")})
    assert told.ok
    assert all(field in told.advice[0] for field in FIELDS)


async def test_a_token_of_another_page_is_not_good():
    told = await check(msgspec.structs.replace(ACCOUNT, external_id="1"))
    assert not told.ok
    assert "Tea house" in told.advice[0]


async def test_a_dead_token_is_bad_credentials():
    told = await check(me=(401, FAULT))
    assert (told.ok, told.credentials_bad) == (False, True)


async def test_an_answer_without_an_id_is_not_good():
    assert not (await check(me=(200, {}))).ok


async def test_without_a_base_of_its_own_the_account_talks_to_facebook():
    async with aiohttp.ClientSession() as http:
        client = MessengerClient(ACCOUNT, http, "")
    assert client._graph._bot.graph_url == "https://graph.facebook.com/v26.0"
