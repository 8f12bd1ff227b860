"""Profiles, quota, checks and media, against a real server that answers as LINE documents it."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from channels.line import inbound, sdk
from channels.line.channel import CHANNEL
from channels.line.client import LineClient, Quota
from channels.line.tests import samples
from channels.line.tests.server import serving
from conversations.channel import Chat, Inbound, Kind, MediaSource, Profile, SendError, Shape
from conversations.content import Card

MEI = {"displayName": "Mei", "userId": samples.CUSTOMER, "pictureUrl": "https://p.example/mei"}


async def test_a_profile_is_looked_up_in_its_chat(line, client):
    line.says(f"/line/v2/bot/profile/{samples.CUSTOMER}", {**MEI, "language": "zh-TW"})
    line.says(f"/line/v2/bot/group/C1/member/{samples.CUSTOMER}", MEI)
    line.says(f"/line/v2/bot/room/R1/member/{samples.CUSTOMER}", {**MEI, "displayName": "M"})
    alone = await client.profile(samples.CUSTOMER)
    group = await client.profile(samples.CUSTOMER, Chat("group", "C1"))
    room = await client.profile(samples.CUSTOMER, Chat("room", "R1"))
    assert alone == Profile("Mei", "https://p.example/mei", "zh-TW")
    assert group == Profile("Mei", "https://p.example/mei")
    assert room == Profile("M", "https://p.example/mei")
    assert {asked.headers["Authorization"] for asked in line.asked} == {
        f"Bearer {samples.ACCOUNT.token}"
    }


async def test_a_profile_line_does_not_give_is_an_error(line, client):
    error = await client.profile(samples.CUSTOMER)
    assert isinstance(error, SendError)
    assert (error.code, error.retry) == ("not_found", False)


async def test_the_quota_tells_used_and_allowed(line, client):
    line.says("/line/v2/bot/message/quota", {"type": "limited", "value": 500})
    line.says("/line/v2/bot/message/quota/consumption", {"totalUsage": 400})
    assert await client.quota() == Quota(400, 500)
    line.says("/line/v2/bot/message/quota", {"type": "none"})
    assert await client.quota() == Quota(400, None)


async def test_half_a_quota_is_none(line, client):
    line.says("/line/v2/bot/message/quota", {"type": "limited", "value": 500})
    assert isinstance(await client.quota(), SendError)


async def test_silence_is_an_answer_too(client, monkeypatch):
    done = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        await done.wait()
        return web.json_response({})

    monkeypatch.setattr(sdk, "TIMEOUT_S", 0.05)
    async with serving(silent) as base:
        account = msgspec.structs.replace(samples.ACCOUNT, api_base=base)
        error = await LineClient(account, client._http).profile(samples.CUSTOMER)
        done.set()
    assert isinstance(error, SendError)
    assert (error.code, error.retry) == ("timeout", True)


BOT = {
    "userId": samples.BOT, "basicId": "@teahouse", "displayName": "Tea House",
    "chatMode": "chat", "markAsReadMode": "auto",
}  # fmt: skip


async def test_a_check_tells_who_it_is_and_what_to_switch_on(line, client):
    line.says("/line/v2/bot/info", BOT)
    line.says(
        "/line/v2/bot/channel/webhook/endpoint",
        {"endpoint": "https://a.example/w", "active": False},
    )
    line.says("/line/v2/bot/message/quota", {"type": "limited", "value": 500})
    line.says("/line/v2/bot/message/quota/consumption", {"totalUsage": 400})
    check = await client.check()
    assert (check.ok, check.external_id, check.address) == (True, samples.BOT, "@teahouse")
    told = " ".join(check.advice)
    for words in (
        "https://a.example/w",
        "Use webhook",
        "Webhook redelivery",
        "400 of this month's 500",
    ):
        assert words in told


async def test_a_check_without_a_webhook_address_says_so(line, client):
    line.says("/line/v2/bot/info", BOT)
    check = await client.check()
    assert check.ok
    assert check.advice[0].startswith("No webhook address is set")


async def test_a_token_of_another_account_fails_the_check(line, client):
    line.says("/line/v2/bot/info", {**BOT, "userId": "Uother", "basicId": "@other"})
    line.says("/line/v2/bot/channel/webhook/endpoint", {"message": "down"}, 500)
    check = await client.check()
    assert not check.ok
    assert "@other" in check.advice[0]


async def test_a_revoked_token_fails_the_check(line, client):
    line.says("/line/v2/bot/info", {"message": "Authentication failed"}, 401)
    check = await client.check()
    assert (check.ok, check.credentials_bad) == (False, True)


def event_of(fixture: str) -> Inbound:
    event = inbound.read(inbound.split(samples.body_of(f"{fixture}.json"))[0].payload)
    assert event.kind is Kind.MESSAGE
    return event


def source_of(client: LineClient, fixture: str) -> MediaSource | None:
    event = event_of(fixture)
    return client.media(event, event.attachments[0])


async def test_media_is_fetched_from_lines_data_host(client):
    plain = LineClient(samples.ACCOUNT, client._http)
    for kind, transcoded in (("image", False), ("video", True), ("audio", True), ("file", False)):
        source = source_of(plain, kind)
        number = event_of(kind).external_message_id
        assert source is not None
        assert source.url == f"https://api-data.line.me/v2/bot/message/{number}/content"
        assert source.status_url == (f"{source.url}/transcoding" if transcoded else None)
        assert source.headers == {"Authorization": f"Bearer {samples.ACCOUNT.token}"}
        assert samples.ACCOUNT.token not in repr(source)


async def test_media_elsewhere_is_fetched_without_our_token(client):
    assert source_of(client, "image_external") == MediaSource("https://pictures.example/a.jpg")


async def test_a_place_or_sticker_has_nothing_to_fetch(client):
    assert source_of(client, "location") is None
    assert source_of(client, "sticker") is None


async def test_media_comes_from_the_accounts_own_base_where_one_is_set(client):
    event = event_of("video")
    source = client.media(event, event.attachments[0])
    assert source is not None
    assert source.url == f"{client._api}/v2/bot/message/{event.external_message_id}/content"


async def test_what_line_cannot_do_is_said(client):
    assert await client.missed(0) == []
    assert isinstance(await client.create_template(Shape("h", {}, {})), SendError)
    assert CHANNEL.shape(Card("Latte 50")) is None
