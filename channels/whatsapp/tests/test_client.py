"""Sends, templates and files, against a small real server that answers the way Twilio does."""

from __future__ import annotations

import json
import socket

import aiohttp
import msgspec
import pytest

from channels.whatsapp import addresses, errors
from channels.whatsapp.channel import CHANNEL
from channels.whatsapp.client import WhatsAppClient
from channels.whatsapp.tests.samples import ACCOUNT
from channels.whatsapp.tests.twilio_server import (
    AC,
    CARD,
    DROP,
    HANG,
    KEY,
    MESSAGES,
    RETRY,
    SID,
    call,
    connected,
    flags,
)
from conversations.channel import Attachment, Inbound, Kind, SendError, Sent
from conversations.content import Text
from tests.channels.limits_whatsapp import content_faults, message_faults


async def test_a_message_is_posted_as_a_form_with_basic_credentials():
    async with connected() as (twilio, client):
        twilio.answers[MESSAGES] = (201, {"sid": SID, "status": "queued"})
        sent = await client.send(call(Text("奶茶"), status_url="https://shop.example/w"))
        assert sent == Sent((SID,))
        assert message_faults(twilio.form()) == []
        assert twilio.form() == {
            "To": "whatsapp:+886912345678",
            "From": "whatsapp:+886223456789",
            "Body": "奶茶",
            "StatusCallback": f"https://shop.example/w?m={KEY}",
        }
        assert twilio.pair() == f"{AC}:{ACCOUNT.token}"


@pytest.mark.parametrize(
    ("account", "pair"),
    [
        ({"token": "SK123:the:secret"}, "SK123:the:secret"),
        ({"token": ""}, f"{AC}:{ACCOUNT.secret}"),
        ({"token": "to:ken"}, f"{AC}:to:ken"),
    ],
)
async def test_an_api_key_or_the_auth_token_opens_the_account(account, pair):
    async with connected(**account) as (twilio, client):
        twilio.answers[MESSAGES] = (201, {"sid": SID})
        assert await client.send(call(Text("x"))) == Sent((SID,))
        assert twilio.pair() == pair


async def test_an_api_base_may_have_a_prefix():
    async with connected(prefix="/sim/twilio") as (twilio, client):
        twilio.answers["/sim/twilio" + MESSAGES] = (201, {"sid": SID})
        twilio.answers["/sim/twilio/v1/Content"] = (201, {"sid": "HX1"})
        assert await client.send(call(Text("x"))) == Sent((SID,))
        assert await client.create_template(CHANNEL.shape(CARD)) == "HX1"


async def test_an_accepted_message_without_an_id_is_still_sent():
    async with connected() as (twilio, client):
        for answer in (b"", b"[]", {"sid": 1}, b"[" * 20_000):
            twilio.answers[MESSAGES] = (201, answer)
            assert await client.send(call(Text("x"))) == Sent(("",))


async def test_an_account_without_a_number_sends_nothing():
    async with connected(address="") as (twilio, client):
        error = await client.send(call(Text("x")))
        assert (error, twilio.seen) == (errors.NO_ADDRESS, [])
        assert await client.evidence(call(Text("x")), 0) is None
        assert await client.missed(0) == []


async def test_no_answer_in_time_is_of_unknown_outcome():
    async with connected(timeout_s=0.05) as (twilio, client):
        twilio.answers[MESSAGES] = (200, HANG)
        error = await client.send(call(Text("x")))
    assert isinstance(error, SendError)
    assert flags(error) == {"unknown"}
    assert twilio.seen


async def test_a_lost_connection_is_of_unknown_outcome():
    async with connected() as (twilio, client):
        twilio.answers[MESSAGES] = (0, DROP)
        assert await client.send(call(Text("x"))) == errors.CUT_OFF


async def test_a_refused_connection_is_worth_a_retry():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with aiohttp.ClientSession() as http:
            client = WhatsAppClient(msgspec.structs.replace(ACCOUNT, api_base=base), http)
            assert await client.send(call(Text("x"))) == errors.NOT_SENT
            assert flags(errors.NOT_SENT) == RETRY
            assert (await client.check()).ok is False


async def test_a_template_is_created_as_json():
    shape = CHANNEL.shape(CARD)
    assert shape is not None
    async with connected() as (twilio, client):
        twilio.answers["/v1/Content"] = (201, {"sid": "HX" + "0" * 32})
        assert await client.create_template(shape) == "HX" + "0" * 32
        assert twilio.seen[-1].content_type == "application/json"
        assert json.loads(twilio.bodies[-1]) == shape.body
        assert content_faults(json.loads(twilio.bodies[-1])) == []
        twilio.answers["/v1/Content"] = (400, {"code": 20001, "message": "bad"})
        assert (await client.create_template(shape)).code == "rejected"
        twilio.answers["/v1/Content"] = (201, {})
        assert (await client.create_template(shape)).code == "rejected"


async def test_there_is_no_profile_to_look_up():
    async with connected() as (twilio, client):
        error = await client.profile("+886912345678")
        assert (error.code, error.retry, twilio.seen) == ("not_available", False, [])


EVENT = Inbound(kind=Kind.MESSAGE, external_event_id="SM1")
AUTH = addresses.authorization(ACCOUNT)
MEDIA = f"/2010-04-01/Accounts/{AC}/Messages/MM1/Media/ME1"


@pytest.mark.parametrize(
    ("api_base", "url", "fetched", "headers"),
    [
        ("", f"https://api.twilio.com{MEDIA}", f"https://api.twilio.com{MEDIA}", AUTH),
        ("", "https://media.twilio.com/x", "https://media.twilio.com/x", AUTH),
        ("", "http://api.twilio.com/x", "http://api.twilio.com/x", {}),
        ("", "https://evil.example/x", "https://evil.example/x", {}),
        ("", "https://api.twilio.com.evil.example/x", "https://api.twilio.com.evil.example/x", {}),
        ("", "https://eviltwilio.com/x", "https://eviltwilio.com/x", {}),
        (
            "http://127.0.0.1:9/sim",
            f"https://api.twilio.com{MEDIA}?a=1",
            f"http://127.0.0.1:9/sim{MEDIA}?a=1",
            AUTH,
        ),
        ("http://127.0.0.1:9/sim", "http://127.0.0.1:9/sim/x", "http://127.0.0.1:9/sim/x", AUTH),
        ("http://127.0.0.1:9/sim", "http://127.0.0.1:8/x", "http://127.0.0.1:8/x", {}),
    ],
)
async def test_credentials_open_files_of_the_accounts_own_api_only(api_base, url, fetched, headers):
    account = msgspec.structs.replace(ACCOUNT, api_base=api_base)
    async with aiohttp.ClientSession() as http:
        client = WhatsAppClient(account, http)
        assert client.media(EVENT, Attachment(type="location")) is None
        source = client.media(EVENT, Attachment(type="image", url=url))
    assert source is not None
    assert (source.url, dict(source.headers), source.keep) == (fetched, headers, True)
