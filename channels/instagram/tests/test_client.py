"""Looking people up and checking a professional account."""

from __future__ import annotations

import aiohttp
import msgspec
import pytest

from channels.instagram.channel import CHANNEL
from channels.instagram.client import InstagramClient
from channels.instagram.tests.samples import ACCOUNT
from conversations.channel import Profile
from tests.channels.meta_graph.graph import graph

OWN = msgspec.structs.replace(ACCOUNT, token="IGAAtestTokenThatOpensNothing0123456789")
LINKED = {
    "id": "104512345678901",
    "name": "Tea house",
    "username": "the.page",
    "instagram_business_account": {"id": ACCOUNT.external_id, "username": "teahouse.taipei"},
}


async def check(account, me, status=200):
    async with graph(CHANNEL, account, {"me": (status, me)}) as (client, _):
        return await client.check()


@pytest.mark.parametrize(
    ("found", "profile"),
    [
        ({"name": "愛子", "username": "aiko", "profile_pic": "https://p"}, ("愛子", "https://p")),
        ({"username": "aiko"}, ("aiko", None)),
        ({}, ("", None)),
    ],
)
async def test_a_person_goes_by_their_name_else_their_user_name(found, profile):
    async with graph(CHANNEL, ACCOUNT, {"501": (200, found)}) as (client, server):
        assert await client.profile("501") == Profile(*profile)
    assert server.asked[0][2]["fields"] == "name,username,profile_pic"


async def test_a_person_nobody_knows_is_unreachable():
    gone = {"error": {"code": 100, "error_subcode": 2018001}}
    async with graph(CHANNEL, ACCOUNT, {"501": (400, gone)}) as (client, _):
        assert (await client.profile("501")).unreachable


async def test_a_pages_token_tells_the_account_linked_to_the_page():
    told = await check(ACCOUNT, LINKED)
    assert (told.ok, told.external_id, told.address) == (
        True,
        ACCOUNT.external_id,
        "teahouse.taipei",
    )


async def test_an_accounts_own_token_tells_the_account():
    me = {"id": "9", "user_id": ACCOUNT.external_id, "username": "teahouse.taipei"}
    told = await check(OWN, me)
    assert (told.ok, told.external_id, len(told.advice)) == (True, ACCOUNT.external_id, 1)


async def test_a_page_without_a_linked_account_is_told_so():
    told = await check(msgspec.structs.replace(ACCOUNT, external_id=""), {"id": "104512345678901"})
    assert any("linked" in sentence for sentence in told.advice)


async def test_a_token_of_another_account_is_not_good():
    told = await check(msgspec.structs.replace(ACCOUNT, external_id="1"), LINKED)
    assert not told.ok
    assert told.advice[-1].endswith("not for 1.")


@pytest.mark.parametrize(("status", "me"), [(401, {"error": {"code": 190}}), (200, {})])
async def test_an_account_that_cannot_be_asked_is_not_good(status, me):
    told = await check(ACCOUNT, me, status)
    assert (told.ok, told.credentials_bad) == (False, status == 401)


@pytest.mark.parametrize(
    ("account", "host"), [(ACCOUNT, "graph.facebook.com"), (OWN, "graph.instagram.com")]
)
async def test_the_token_decides_whom_the_account_talks_to(account, host):
    async with aiohttp.ClientSession() as http:
        client = InstagramClient(account, http, "v27.0")
    assert client._graph._bot.graph_url == f"https://{host}/v27.0"
