"""Sending, against a real server that answers as LINE documents it."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import aiohttp
import msgspec
import pytest
from aiohttp import web

from channels.line import client as client_module
from channels.line.client import LineClient
from channels.line.tests import samples
from channels.line.tests.server import serving
from conversations.channel import Call, Part, SendError, Sent
from conversations.content import Image, Text
from runtime.posts import PostConnector

KEY = UUID("018f3d2a-0000-7000-8000-000000000001")
SENT = {"sentMessages": [{"id": "461230966842064897", "quoteToken": "IStG5h1Tz7b"}]}
PUSH, REPLY = "/line/v2/bot/message/push", "/line/v2/bot/message/reply"


def call(*, token: str | None = None, texts: int = 1) -> Call:
    parts = [Part(delivery_id=KEY, content=Text(f"Hello {n}")) for n in range(texts)]
    return Call(
        to=samples.CUSTOMER, parts=parts, retry_key=KEY, reply_token=token, sender_name="Sue"
    )


async def test_a_reply_uses_the_free_token_and_no_retry_key(line, client):
    line.says(REPLY, SENT)
    assert await client.send(call(token="t1")) == Sent(("461230966842064897",))
    [asked] = line.asked
    assert asked.headers["Authorization"] == f"Bearer {samples.ACCOUNT.token}"
    assert "X-Line-Retry-Key" not in asked.headers
    assert line.bodies == [
        {
            "replyToken": "t1",
            "messages": [{"type": "text", "text": "Hello 0", "sender": {"name": "Sue"}}],
            "notificationDisabled": False,
        }
    ]


async def test_a_push_carries_its_retry_key(line, client):
    line.says(PUSH, {"sentMessages": [{"id": "1"}, {"id": "2"}]})
    assert await client.send(call(texts=2)) == Sent(("1", "2"))
    assert line.asked[0].headers["X-Line-Retry-Key"] == str(KEY)
    assert line.bodies[0]["to"] == samples.CUSTOMER


async def test_fewer_ids_than_messages_leave_gaps(line, client):
    line.says(PUSH, {"sentMessages": [{"id": "1"}, {}, "odd"]})
    assert await client.send(call(texts=4)) == Sent(("1", "", "", ""))


async def test_a_repeated_push_is_sent_with_the_first_ids(line, client):
    taken = {"message": "The retry key is already accepted", **SENT}
    line.says(PUSH, taken, 409, x_line_accepted_request_id="123e4567")
    assert await client.send(call()) == Sent(("461230966842064897",))


ANSWERS: dict[str, tuple[int, str, bool, dict[str, Any]]] = {
    # name: (status, message, push?, what the error must say)
    "dead token": (400, "Invalid reply token", False, {"code": "reply_token", "use_push": True}),
    "dead token on a push": (400, "Invalid reply token", True, {"code": "bad_request"}),
    "bad request": (400, "The request body has 1 error(s)", True, {"code": "bad_request"}),
    "no such user": (
        400,
        "The property, 'to', in the request body is invalid (line: -, column: -)",
        True,
        {"code": "no_such_contact", "unreachable": True},
    ),
    "user of another account": (
        400, "Failed to send messages", True, {"code": "no_such_contact", "unreachable": True},
    ),
    "bad credentials": (
        401, "Authentication failed", True,
        {"code": "unauthorised", "alert": True, "credentials_bad": True},
    ),
    "plan": (403, "Access to this API is not available", True, {"code": "not_entitled", "alert": True}),
    "nowhere": (404, "Not found", True, {"code": "not_found"}),
    "conflict without proof": (409, "Conflict", True, {"code": "conflict", "unknown": True}),
    "too large": (413, "Payload Too Large", True, {"code": "too_large"}),
    "unexpected": (418, "Teapot", True, {"code": "http_418", "alert": True}),
    "rate": (
        429, "The API rate limit has been exceeded. Try again later.", True,
        {"code": "rate_limit", "retry": True, "retry_after_s": 1.0},
    ),
    "concurrency": (
        429, "The maximum number of concurrent requests has been exceeded.", True,
        {"code": "concurrency", "retry": True, "retry_after_s": 0.2},
    ),
    "monthly": (
        429, "You have reached your monthly limit.", True, {"code": "monthly_limit", "alert": True},
    ),
    "fault on a push": (
        500, "Internal Server Error", True, {"code": "http_500", "retry": True, "unknown": True},
    ),
    "fault on a reply": (500, "Internal Server Error", False, {"code": "http_500", "unknown": True}),
    "gateway on a push": (502, "", True, {"code": "http_502", "retry": True, "unknown": True}),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_refusal_of_line_is_classified(line, client, name):
    status, message, push, expected = ANSWERS[name]
    line.says(PUSH if push else REPLY, {"message": message}, status)
    error = await client.send(call(token=None if push else "t1"))
    assert isinstance(error, SendError)
    told = msgspec.structs.asdict(error)
    plain = msgspec.structs.asdict(SendError(code="", agent_text="", detail=message))
    assert {name: value for name, value in told.items() if value != plain[name]} == {
        **expected,
        "agent_text": error.agent_text,
    }
    assert error.agent_text.endswith(".")


async def test_the_agent_reads_which_property_was_wrong(line, client):
    details = [{"message": "May not be empty", "property": "messages[0].text"}, "odd"]
    line.says(PUSH, {"message": "The request body has 1 error(s)", "details": details}, 400)
    error = await client.send(call())
    assert isinstance(error, SendError)
    assert "messages[0].text: May not be empty" in error.agent_text


async def test_a_broken_connection_leaves_the_outcome_open(line, client):
    line.says(PUSH, ...)
    line.says(REPLY, ...)
    push, reply = await client.send(call()), await client.send(call(token="t1"))
    assert isinstance(push, SendError)
    assert isinstance(reply, SendError)
    assert (push.unknown, push.retry) == (True, True)
    assert (reply.unknown, reply.retry) == (True, False)


async def test_silence_leaves_the_outcome_open(monkeypatch):
    monkeypatch.setattr(client_module, "TOTAL_S", 0.05)
    done = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        await done.wait()
        return web.json_response(SENT)

    session = aiohttp.ClientSession(connector=PostConnector())
    async with serving(silent) as base, session as http:
        slow = LineClient(msgspec.structs.replace(samples.ACCOUNT, api_base=base), http)
        error = await slow.send(call())
        done.set()
    assert isinstance(error, SendError)
    assert (error.code, error.unknown, error.retry) == ("timeout", True, True)


@pytest.mark.parametrize("base", ["http://", "nonsense", "https://[::1"])
async def test_a_malformed_address_is_reported_not_raised(client, base):
    broken = LineClient(msgspec.structs.replace(samples.ACCOUNT, api_base=base), client._http)
    error = await broken.send(call())
    assert isinstance(error, SendError)
    assert (error.code, error.alert, error.unknown) == ("misconfigured", True, False)


async def test_a_malformed_token_is_reported_not_raised(line, client):
    account = msgspec.structs.replace(samples.ACCOUNT, api_base=client._api, token="a\nb")
    error = await LineClient(account, client._http).send(call())
    assert isinstance(error, SendError)
    assert (error.code, error.alert, error.unknown) == ("misconfigured", True, False)
    assert line.asked == []


@pytest.mark.parametrize("count", [0, 6])
async def test_a_call_of_no_or_six_messages_is_not_made(line, client, count):
    error = await client.send(call(texts=count))
    assert isinstance(error, SendError)
    assert line.asked == []


async def test_content_over_a_limit_is_not_sent(line, client):
    parts = [Part(delivery_id=KEY, content=Image("http://shop.example/a.jpg"))]
    error = await client.send(Call(to="U1", parts=parts, retry_key=KEY))
    assert isinstance(error, SendError)
    assert (error.code, error.retry) == ("content_refused", False)
    assert line.asked == []


async def test_evidence_of_a_push_is_its_repetition(line, client):
    line.says(PUSH, SENT, 409, x_line_accepted_request_id="123e4567")
    assert await client.evidence(call(), 0) == Sent(("461230966842064897",))
    line.says(PUSH, SENT)
    assert await client.evidence(call(), 0) == Sent(("461230966842064897",))


async def test_evidence_of_a_reply_is_that_its_token_is_used(line, client):
    line.says(REPLY, {"message": "Invalid reply token"}, 400)
    assert await client.evidence(call(token="t1", texts=2), 0) == Sent(("", ""))
    assert PUSH not in [asked.path for asked in line.asked]


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_refusal_to_look_is_no_evidence(line, client, status):
    line.says(PUSH, {"message": "no"}, status)
    assert await client.evidence(call(), 0) is None


async def test_a_refused_body_is_evidence_that_nothing_was_sent(line, client):
    line.says(PUSH, {"message": "The request body has 1 error(s)"}, 400)
    assert isinstance(await client.evidence(call(), 0), SendError)
