"""Conformance: what every channel does with content, and with whatever a platform answers."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import asynccontextmanager
from uuid import UUID

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from conversations.channel import (
    Call,
    Check,
    ContentRefused,
    Part,
    Profile,
    SendError,
    Sent,
    Shape,
)
from conversations.content import Buttons, Card, Content, Image, Text
from tests.channels.contents import (
    CARD,
    EVERY_BUTTON,
    KINDS,
    UNSAFE_ADDRESSES,
    at_limits,
    over_limits,
)
from tests.channels.harness import CHANNELS, samples, split, telling

every_channel = pytest.mark.parametrize("name", CHANNELS)
BODIES = (
    b"",
    b"{}",
    b"[]",
    b"null",
    b"<html>",
    b"\xff\xfe",
    b"[" * 20_000,
    b'{"error":1,"message":{},"sid":1,"code":"x"}',
)
KEY = UUID("018f3d2a-0000-7000-8000-000000000001")


def refusal(name: str, content: Content) -> str:
    """Return the sentence with which the channel refuses `content`."""
    with pytest.raises(ContentRefused) as refused:
        CHANNELS[name].parts(content)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert sentence[0].isupper()
    assert len(sentence) < 300
    return sentence


def call_of(*contents: Content, to: str = "someone") -> Call:
    """Return a call that sends `contents`."""
    return Call(
        to=to, parts=[Part(delivery_id=KEY, content=content) for content in contents], retry_key=KEY
    )


@every_channel
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_rendered_or_refused_with_a_sentence(name, kind):
    if kind in CHANNELS[name].abilities.unsupported:
        refusal(name, KINDS[kind])
        return
    parts = CHANNELS[name].parts(KINDS[kind])
    assert parts
    assert CHANNELS[name].parts(parts[0]), "a part must itself be sendable"


@every_channel
@pytest.mark.parametrize("kind", EVERY_BUTTON)
def test_every_button_is_rendered_or_refused_with_a_sentence(name, kind):
    for content in (
        Buttons("Choose", (EVERY_BUTTON[kind],)),
        Card("Latte", "x", buttons=(EVERY_BUTTON[kind],)),
    ):
        try:
            parts = CHANNELS[name].parts(content)
        except ContentRefused:
            refusal(name, content)
        else:
            assert parts


@every_channel
def test_one_step_over_a_limit_is_refused(name):
    for limit, content in over_limits(CHANNELS[name].abilities).items():
        assert refusal(name, content), limit


@every_channel
def test_a_limit_itself_is_allowed(name):
    able = CHANNELS[name].abilities
    for limit, content in at_limits(able).items():
        if not (limit == "carousel_cards" and "carousel" in able.unsupported):
            assert CHANNELS[name].parts(content), limit


@every_channel
@pytest.mark.parametrize("address", UNSAFE_ADDRESSES)
def test_only_https_addresses_are_sent(name, address):
    if "image" not in CHANNELS[name].abilities.unsupported:
        refusal(name, Image(address))
    refusal(name, msgspec.structs.replace(CARD, image_url=address))


@asynccontextmanager
async def platform(status: int, body: bytes, headers: dict[str, str] | None = None):
    """Serve the same answer to everything; yields (base address, requests seen)."""
    async with serving(lambda: web.Response(status=status, body=body, headers=headers)) as served:
        yield served


@asynccontextmanager
async def serving(said: Callable[[], web.Response]):
    """Serve what `said` gives to everything; yields (base address, requests seen)."""
    seen: list[tuple[str, str, bytes]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.method, request.path_qs, await request.read()))
        return said()

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/"), seen


async def use(name: str, base: str) -> tuple[Sent | SendError, Profile | SendError, Check]:
    """Make every call of the client against `base`, and check that each answers with a value."""
    account = msgspec.structs.replace(samples(name).ACCOUNT, api_base=base)
    async with aiohttp.ClientSession() as http:
        client = CHANNELS[name].client(account, http, "v26.0")
        assert account.token not in repr(client)
        call = call_of(Text("Hello"))
        answers = await client.send(call), await client.profile("someone"), await client.check()
        for value, expected in zip(
            answers, (Sent | SendError, Profile | SendError, Check), strict=True
        ):
            assert isinstance(value, expected)
        evidence = await client.evidence(call, 0)
        assert evidence is None or isinstance(evidence, Sent | SendError)
        assert all(isinstance(payload, bytes) for payload in await client.missed(0))
        created = await client.create_template(Shape("h", {"types": {}}, {}))
        assert isinstance(created, str | SendError)
    told: list[object] = [*answers, evidence, created]
    for answer in told:
        assert account.secret not in repr(answer)
        assert account.token not in repr(answer)
        if isinstance(answer, SendError):
            assert answer.code
            assert answer.agent_text.endswith(".")
    return answers


@every_channel
@pytest.mark.parametrize(
    "status", [200, 201, 204, 301, 400, 401, 403, 404, 409, 413, 418, 429, 500, 503]
)
async def test_no_answer_of_a_platform_makes_a_call_raise(name, status):
    body = b""
    async with serving(lambda: web.Response(status=status, body=body)) as (base, seen):
        for body in BODIES:
            seen.clear()
            with telling(lambda body=body: f"answered with {body[:50]!r}"):
                answers = await use(name, base)
                assert seen
                if status >= 400 and status != 409:
                    assert isinstance(answers[0], SendError)


@every_channel
@pytest.mark.parametrize("code", [None, 0, -1, 1, 63016, 10**12])
def test_every_late_failure_has_a_sentence(name, code):
    error = CHANNELS[name].status_error(code)
    assert error.code
    assert error.agent_text.endswith(".")


@every_channel
async def test_a_redirect_does_not_carry_the_credentials_away(name):
    async with (
        platform(200, b"{}") as (elsewhere, leaked),
        platform(307, b"", {"Location": f"{elsewhere}/stolen"}) as (base, _),
    ):
        [sent, *_] = await use(name, base)
    assert leaked == []
    assert isinstance(sent, SendError)


@every_channel
async def test_a_platform_that_is_not_there_is_worth_a_retry(name):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        [sent, *_] = await use(name, f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert isinstance(sent, SendError)
    assert sent.retry
    assert not sent.unknown


@every_channel
async def test_more_messages_than_a_call_may_hold_are_not_sent(name):
    contents = [Text("Hello")] * (CHANNELS[name].abilities.messages_per_call + 1)
    async with platform(200, b"{}") as (base, seen), aiohttp.ClientSession() as http:
        account = msgspec.structs.replace(samples(name).ACCOUNT, api_base=base)
        sent = await CHANNELS[name].client(account, http, "v26.0").send(call_of(*contents))
    assert isinstance(sent, SendError)
    assert not sent.retry
    assert seen == []


@every_channel
async def test_media_comes_only_from_an_attachment_that_has_some(name):
    async with aiohttp.ClientSession() as http:
        client = CHANNELS[name].client(samples(name).ACCOUNT, http, "v26.0")
        for entry in split(name, samples(name).text_body("hello")):
            event = CHANNELS[name].read(entry.payload)
            assert [client.media(event, attachment) for attachment in event.attachments] == []
