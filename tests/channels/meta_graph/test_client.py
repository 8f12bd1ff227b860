"""Sending through the Graph API: what goes out, and what every answer means."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket

import aiohttp
import msgspec
import pytest

from channels import registry
from channels.meta_graph.client import MetaClient
from conversations.channel import Attachment, Call, Inbound, Kind, Part, SendError, Sent, Shape
from conversations.content import Text
from tests.channels.harness import samples
from tests.channels.meta_graph.graph import KEY, PREFIX, call, graph

CHANNELS = registry.load()
both = pytest.mark.parametrize("name", ["messenger", "instagram"])
SEND = "me/messages"
RETRY = {"retry": True}
LATER = {"retry": True, "retry_after_s": 60.0}
ADMIN = {"alert": True}
TOKEN = {"alert": True, "credentials_bad": True}
WINDOW = {"window_closed": True}
GONE = {"unreachable": True}
UNCLEAR = {"unknown": True}


def error(code, subcode=None, message="it went wrong"):
    told = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AbC1"}
    return {"error": told | ({"error_subcode": subcode} if subcode else {})}


async def send(name, status, answer, content=None):
    account = samples(name).ACCOUNT
    async with graph(CHANNELS[name], account, {SEND: (status, answer)}) as (client, server):
        return await client.send(call(content)), server


@both
async def test_a_taken_message_tells_its_id(name):
    sent, server = await send(name, 200, {"recipient_id": "612", "message_id": "m_1"})
    account = samples(name).ACCOUNT
    assert sent == Sent(("m_1",))
    [(method, path, query, body)] = server.asked
    proof = hmac.new(account.secret.encode(), account.token.encode(), hashlib.sha256)
    assert (method, path) == ("POST", f"{PREFIX}/v26.0/me/messages")
    assert query == {"appsecret_proof": proof.hexdigest()}
    assert server.headers["Authorization"] == f"Bearer {account.token}"
    assert server.headers["Content-Type"] == "application/json"
    assert json.loads(body)["message"] == {"text": "Hello", "metadata": str(KEY)}


@both
async def test_a_taken_message_without_an_id_is_sent_all_the_same(name):
    sent, _ = await send(name, 200, {"recipient_id": "612"})
    assert sent == Sent(("",))


@both
@pytest.mark.parametrize(
    ("status", "answer", "facts", "code"),
    [
        (400, error(1), RETRY, "1"),
        (500, error(2), RETRY, "2"),
        (503, error(1), RETRY, "1"),
        (400, error(4), LATER, "4"),
        (400, error(32), LATER, "32"),
        (400, error(613), LATER, "613"),
        (400, error(1200), LATER, "1200"),
        (400, error(80006), LATER, "80006"),
        (403, error(10, 2018278), WINDOW, "10/2018278"),
        (403, error(10, 2534022), WINDOW, "10/2534022"),
        (
            400,
            error(10, None, "(#10) This message is sent outside of allowed window."),
            WINDOW,
            "10",
        ),
        (403, error(10), ADMIN, "10"),
        (403, error(10, 1893063), ADMIN, "10/1893063"),
        (403, error(200), ADMIN, "200"),
        (400, error(368), ADMIN, "368"),
        (401, error(190, 463), TOKEN, "190/463"),
        (400, error(100, None, "Invalid appsecret_proof provided"), TOKEN, "100"),
        (400, error(100), ADMIN, "100"),
        (400, error(100, 2018001), GONE, "100/2018001"),
        (400, error(551), GONE, "551"),
        (400, error(551, 1545041), GONE, "551/1545041"),
        (400, error(2, 1545041), GONE, "2/1545041"),
        (400, error(987654), ADMIN, "987654"),
        (500, error(987654), UNCLEAR, "987654"),
        (200, error(190), TOKEN, "190"),
        (401, b"", TOKEN, "http-401"),
        (403, b"<html>", ADMIN, "http-403"),
        (404, b"", ADMIN, "http-404"),
        (429, b"", LATER, "http-429"),
        (500, b"", UNCLEAR, "http-500"),
        (502, b"<html>bad gateway</html>", UNCLEAR, "http-502"),
        (302, b"", ADMIN, "http-302"),
        (200, b"{}", UNCLEAR, "no-answer"),
        (200, b"ok", UNCLEAR, "http-200"),
    ],
)
async def test_every_answer_has_its_meaning(name, status, answer, facts, code):
    told, _ = await send(name, status, answer)
    assert isinstance(told, SendError)
    given = {
        field: value
        for field, value in msgspec.structs.asdict(told).items()
        if value not in (False, None) and field not in {"code", "agent_text", "detail"}
    }
    assert (given, told.code) == (facts, code)
    assert CHANNELS[name].abilities.label in told.agent_text


@both
async def test_the_detail_tells_the_trace_and_no_token(name):
    token = samples(name).ACCOUNT.token
    other = "EAAB" + "x" * 40
    told, _ = await send(name, 400, error(190, None, f"Malformed access token {token} {other}"))
    assert told.detail == "Malformed access token (token) (token) AbC1"


@both
async def test_an_answer_of_any_length_is_not_read_to_its_end(name):
    told, _ = await send(name, 200, b'{"message_id":"' + b"x" * (2 << 20) + b'"}')
    assert told.unknown


async def interrupted(name, *, answer_nothing):
    """Take a connection and its request, then hang up or stay silent."""
    arrived = asyncio.Event()

    async def serve(reader, writer):
        await reader.readuntil(b"Hello")
        arrived.set()
        if answer_nothing:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    account = msgspec.structs.replace(samples(name).ACCOUNT, api_base=base)
    async with server, aiohttp.ClientSession() as http:
        client = CHANNELS[name].client(account, http)
        assert isinstance(client, MetaClient)
        client._graph.timeout_s = 1.0
        told = await client.send(call())
    assert arrived.is_set()
    assert isinstance(told, SendError)
    return told


@both
async def test_a_platform_that_stays_silent_leaves_the_outcome_unknown(name):
    told = await interrupted(name, answer_nothing=True)
    assert (told.code, told.unknown, told.retry) == ("timeout", True, False)


@both
async def test_a_connection_lost_after_the_request_leaves_the_outcome_unknown(name):
    told = await interrupted(name, answer_nothing=False)
    assert (told.code, told.unknown, told.retry) == ("broken", True, False)


@both
async def test_a_refused_connection_sent_nothing_and_is_tried_again(name):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
        account = msgspec.structs.replace(samples(name).ACCOUNT, api_base=base)
        async with aiohttp.ClientSession() as http:
            told = await CHANNELS[name].client(account, http).send(call())
    assert isinstance(told, SendError)
    assert (told.code, told.unknown, told.retry) == ("no-connection", False, True)


@both
async def test_a_base_that_is_no_address_sent_nothing(name):
    account = msgspec.structs.replace(samples(name).ACCOUNT, api_base="http://[")
    async with aiohttp.ClientSession() as http:
        told = await CHANNELS[name].client(account, http).send(call())
    assert isinstance(told, SendError)
    assert not told.unknown


@both
async def test_without_an_app_secret_there_is_no_proof(name):
    account = msgspec.structs.replace(samples(name).ACCOUNT, secret="", token=" token\n")
    answers = {SEND: (200, {"message_id": "m_1"})}
    async with graph(CHANNELS[name], account, answers) as (client, server):
        assert await client.send(call()) == Sent(("m_1",))
    assert server.asked[0][2] == {}
    assert server.headers["Authorization"] == "Bearer token"


@both
async def test_an_account_without_a_token_is_answered_as_such(name):
    account = msgspec.structs.replace(samples(name).ACCOUNT, token="")
    async with graph(CHANNELS[name], account, {SEND: (401, error(190))}) as (client, _):
        told = await client.send(call())
    assert told.credentials_bad


@both
@pytest.mark.parametrize("version", ["26.0", "v26", "v26.0/../v1.0", "latest"])
async def test_a_graph_version_of_another_form_is_refused(name, version):
    async with aiohttp.ClientSession() as http:
        with pytest.raises(ValueError, match=r"v26\.0"):
            CHANNELS[name].client(samples(name).ACCOUNT, http, version)


@both
async def test_two_messages_do_not_fit_one_call(name):
    part = Part(delivery_id=KEY, content=Text("Hello"))
    two = Call(to="612", parts=[part, part], retry_key=KEY)
    async with graph(CHANNELS[name], samples(name).ACCOUNT, {}) as (client, server):
        told = await client.send(two)
    assert (told.code, server.asked) == ("parts", [])


@both
async def test_what_meta_does_not_offer_is_answered_plainly(name):
    async with graph(CHANNELS[name], samples(name).ACCOUNT, {}) as (client, server):
        assert await client.evidence(call(), 0) is None
        assert await client.missed(0) == []
        created = await client.create_template(Shape("h", {}, {}))
    assert (created.code, server.asked) == ("unsupported", [])
    assert CHANNELS[name].shape(Text("Hello")) is None


@both
@pytest.mark.parametrize(
    ("kind", "keep"),
    [
        ("image", True),
        ("video", True),
        ("audio", True),
        ("file", True),
        ("sticker", True),
        ("reel", True),
        ("story_mention", False),
        ("story_reply", False),
    ],
)
async def test_media_is_fetched_from_metas_address_without_credentials(name, kind, keep):
    event = Inbound(kind=Kind.MESSAGE, external_event_id="m")
    url = "https://cdn.fbsbx.com/1"
    async with graph(CHANNELS[name], samples(name).ACCOUNT, {}) as (client, _):
        source = client.media(event, Attachment(kind, url=url))
        assert client.media(event, Attachment(kind)) is None
        assert client.media(event, Attachment("share", url=url)) is None
    assert (source.url, source.headers, source.keep) == (url, {}, keep)
