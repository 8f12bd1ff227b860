"""Calls against a small real server that answers the way Twilio does."""

from __future__ import annotations

import base64
import json
import socket
from contextlib import asynccontextmanager
from urllib.parse import parse_qs
from uuid import UUID

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.whatsapp import addresses, errors
from channels.whatsapp.channel import CHANNEL, webhook_with_retries
from channels.whatsapp.client import WhatsAppClient
from channels.whatsapp.tests.samples import ACCOUNT, body_of
from conversations.channel import Attachment, Call, Check, Inbound, Kind, Part, SendError, Sent
from conversations.content import Card, Image, LinkButton, Location, Template, Text
from tests.channels.limits_whatsapp import content_faults, message_faults

KEY = UUID("018f3d2a-0000-7000-8000-000000000001")
AC = ACCOUNT.external_id
MESSAGES = f"/2010-04-01/Accounts/{AC}/Messages.json"
SID = "SM" + "1" * 32
NOON_MS = 1_795_348_800_000  # Sun, 22 Nov 2026 12:00:00 UTC
CARD = Card("Latte", buttons=(LinkButton("Open", "https://shop.example/c/abc"),))


class Twilio:
    """Answers every path from a table and remembers what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, object]] = {}
        self.headers: dict[str, str] = {}
        self.seen: list[web.Request] = []
        self.bodies: list[bytes] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        self.bodies.append(await request.read())
        status, answer = self.answers.get(request.path, (404, {"code": 20404, "message": "none"}))
        if answer is DROP:
            assert request.transport is not None
            request.transport.abort()
        if answer is HANG:
            response = web.StreamResponse(headers={"Content-Length": "10"})
            await response.prepare(request)
            return response
        body = answer if isinstance(answer, bytes) else json.dumps(answer, default=str).encode()
        return web.Response(
            status=status, body=body, headers=self.headers, content_type="application/json"
        )

    def form(self) -> dict[str, str]:
        fields = parse_qs(self.bodies[-1].decode(), keep_blank_values=True)
        assert all(len(values) == 1 for values in fields.values())
        return {name: values[0] for name, values in fields.items()}

    def pair(self) -> str:
        scheme, _, told = self.seen[-1].headers["Authorization"].partition(" ")
        assert scheme == "Basic"
        return base64.b64decode(told).decode()


DROP = object()
HANG = object()


@asynccontextmanager
async def connected(prefix="", timeout_s=5.0, **account):
    twilio = Twilio()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", twilio.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        base = str(server.make_url("")).rstrip("/") + prefix
        mine = msgspec.structs.replace(ACCOUNT, api_base=base, **account)
        yield twilio, WhatsAppClient(mine, http, timeout_s)


def call(content, template_id=None, **more) -> Call:
    part = Part(delivery_id=KEY, content=content, template_id=template_id)
    return Call(to="+886912345678", parts=[part], retry_key=KEY, **more)


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


# Every row of Twilio's errors: number, status of the POST, code, flags. The same number comes later by callback.

RETRY, ALERT = {"retry"}, {"alert"}
ROWS = [
    (20429, 429, "rate_limited", RETRY),
    (30001, 400, "temporary", RETRY),
    (63009, 400, "temporary", RETRY),
    (63010, 400, "temporary", RETRY),
    (63012, 400, "rate_limited", RETRY),
    (63017, 400, "rate_limited", RETRY),
    (63018, 400, "rate_limited", RETRY),
    (63019, 400, "temporary", RETRY),
    (20503, 503, "temporary", RETRY),
    (63016, 400, "window_closed", {"window_closed"}),
    (63003, 400, "no_such_recipient", {"unreachable"}),
    (63024, 400, "no_such_recipient", {"unreachable"}),
    (21211, 400, "no_such_recipient", {"unreachable"}),
    (63014, 400, "blocked", {"unreachable"}),
    (63033, 400, "blocked", {"unreachable"}),
    (21610, 400, "blocked", {"unreachable"}),
    (63005, 400, "content_refused", set()),
    (63006, 400, "content_refused", set()),
    (63021, 400, "content_refused", set()),
    (63028, 400, "content_refused", set()),
    (63007, 400, "setup", ALERT),
    (63008, 400, "setup", ALERT),
    (63015, 400, "setup", ALERT),
    (63032, 400, "user_limit", set()),
    (63038, 429, "daily_cap", ALERT),
    (99999, 429, "rate_limited", RETRY),
    (63038, 400, "daily_cap", ALERT),
    (63041, 400, "template_paused", ALERT),
    (21617, 400, "too_long", set()),
    (21656, 400, "bad_variables", ALERT),
    (20003, 401, "credentials", {"alert", "credentials_bad"}),
    (99999, 400, "rejected", set()),
    (99999, 401, "credentials", {"alert", "credentials_bad"}),
    (99999, 403, "setup", ALERT),
    (20404, 404, "setup", ALERT),
    (20500, 500, "uncertain", {"unknown"}),
    (20503, 502, "uncertain", {"unknown"}),
    (99999, 503, "uncertain", {"unknown"}),
]
FLAGS = ("retry", "alert", "credentials_bad", "unknown", "use_push", "unreachable", "window_closed")


def flags(error: SendError) -> set[str]:
    return {name for name in FLAGS if getattr(error, name)}


@pytest.mark.parametrize(("number", "status", "code", "expected"), ROWS)
async def test_an_error_is_classified(number, status, code, expected):
    async with connected() as (twilio, client):
        twilio.answers[MESSAGES] = (status, {"code": number, "message": "why", "status": status})
        error = await client.send(call(Text("x")))
    assert isinstance(error, SendError)
    assert (error.code, flags(error)) == (code, expected)
    assert error.detail == f"HTTP {status}, Twilio {number}: why"
    assert error.agent_text.endswith(".")


@pytest.mark.parametrize(
    ("number", "status", "code", "expected"), [row for row in ROWS if row[1] == 400]
)
def test_the_same_number_means_the_same_when_it_comes_later(number, status, code, expected):
    error = CHANNEL.status_error(number)
    assert (error.code, flags(error), error.detail) == (code, expected, f"Twilio {number}")


def test_late_failures_of_the_platform_itself_may_be_repeated():
    assert flags(CHANNEL.status_error(20500)) == flags(CHANNEL.status_error(20503)) == RETRY
    assert CHANNEL.status_error(None).code == CHANNEL.status_error(1).code == "rejected"


@pytest.mark.parametrize(
    ("told", "wait"), [("7", 7.0), ("999999", 3600.0), ("soon", None), ("-1", None), ("٣", None)]
)
async def test_the_wait_twilio_asks_for_is_kept_within_an_hour(told, wait):
    async with connected() as (twilio, client):
        twilio.answers[MESSAGES] = (429, {"code": 20429})
        twilio.headers = {"Retry-After": told.encode("utf-8").decode("latin-1")}
        assert (await client.send(call(Text("x")))).retry_after_s == wait


def test_a_sending_rate_waits_a_minute_when_nothing_is_told():
    assert CHANNEL.status_error(63018).retry_after_s == 60.0


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


# What Twilio has on record


def listed(sid=SID, **facts):
    plain = {
        "sid": sid,
        "body": "Hello",
        "num_media": "0",
        "direction": "outbound-api",
        "status": "sent",
        "to": "whatsapp:+886912345678",
        "from": "whatsapp:+886223456789",
        "date_created": "Sun, 22 Nov 2026 12:00:01 +0000",
        "date_sent": "Sun, 22 Nov 2026 12:00:02 +0000",
        "error_code": None,
    }
    return {**plain, **facts}


def page(*messages):
    return 200, {"messages": list(messages), "next_page_uri": None, "page": 0}


async def evidence(content, *messages, template_id=None):
    async with connected() as (twilio, client):
        twilio.answers[MESSAGES] = page(*messages)
        found = await client.evidence(call(content, template_id), NOON_MS)
        for request in twilio.seen:
            assert request.query["To"] == "whatsapp:+886912345678"
            assert request.query["DateSent>"] == "2026-11-22T12:00:00Z"
    return found


async def test_one_message_with_our_words_settles_a_send():
    other = listed("SM2", body="Something else")
    inbound = listed("SM3", direction="inbound")
    early = listed("SM4", date_created="Sun, 22 Nov 2026 11:59:59 +0000")
    assert await evidence(Text("Hello"), other, inbound, early, listed()) == Sent((SID,))


async def test_two_alike_or_none_settle_nothing():
    assert await evidence(Text("Hello"), listed(), listed("SM2")) is None
    assert await evidence(Text("Hello"), listed(body="Hello you")) is None
    assert await evidence(Text("Hello")) is None


async def test_media_and_templates_are_recognised_by_what_the_list_shows():
    picture = Image("https://x.example/a.jpg")
    assert await evidence(picture, listed(body="", num_media="1")) == Sent((SID,))
    assert await evidence(picture, listed(body="")) is None
    card = listed(body="*Latte*")
    assert await evidence(CARD, card, template_id="HX" + "0" * 32) == Sent((SID,))
    place = Location("Tea", "", 1.0, 2.0)
    assert await evidence(place, listed(body="Tea")) == Sent((SID,))
    assert await evidence(Template("HX" + "0" * 32), listed()) is None


async def test_a_message_that_failed_settles_as_its_failure():
    error = await evidence(Text("Hello"), listed(status="failed", error_code=63016))
    assert (error.code, error.window_closed) == ("window_closed", True)


@pytest.mark.parametrize("answer", [(500, {}), (200, {}), (200, []), (200, {"messages": [{}, 1]})])
async def test_no_list_is_no_evidence(answer):
    async with connected() as (twilio, client):
        twilio.answers[MESSAGES] = answer
        assert await client.evidence(call(Text("Hello")), NOON_MS) is None
        assert await client.missed(NOON_MS) == []


async def test_a_page_elsewhere_is_not_followed_with_our_credentials():
    async with connected() as (elsewhere, other), connected() as (twilio, client):
        elsewhere.answers["/leak"] = page()
        there = {"key": "messages", "next_page_url": f"{other._account.api_base}/leak"}
        twilio.answers[MESSAGES] = (200, {"messages": [listed()], "meta": there})
        await client.missed(NOON_MS)
        assert (len(twilio.seen), elsewhere.seen) == (1, [])


async def test_a_list_of_several_pages_is_read_to_its_end():
    inbound = {"direction": "inbound", "from": "whatsapp:+886912345678"}
    more = f"/2010-04-01/Accounts/{AC}/Page1.json"
    async with connected(prefix="/sim") as (twilio, client):
        _, first = page(listed("SM1", **inbound))
        twilio.answers["/sim" + MESSAGES] = (200, {**first, "next_page_uri": f"{more}?Page=1"})
        twilio.answers["/sim" + more] = page(listed("SM2", **inbound))
        missed = await client.missed(NOON_MS)
    assert [CHANNEL.read(payload).external_event_id for payload in missed] == ["SM1", "SM2"]


async def test_a_missed_message_reads_like_its_webhook():
    media = f"/2010-04-01/Accounts/{AC}/Messages/MM1/Media"
    mine = {
        "direction": "inbound",
        "from": "whatsapp:+886912345678",
        "to": "whatsapp:+886223456789",
    }
    late = listed("SM9", body="second", date_created="Sun, 22 Nov 2026 12:00:09 +0000", **mine)
    photo = listed("MM1", body="first 兌", num_media="1", **mine)
    async with connected() as (twilio, client):
        twilio.answers[MESSAGES] = page(late, photo, listed())
        twilio.answers[f"{media}.json"] = (
            200,
            {
                "media_list": [
                    {"sid": "ME1", "content_type": "image/jpeg", "uri": f"{media}/ME1.json"}
                ]
            },
        )
        first, second = map(CHANNEL.read, await client.missed(NOON_MS))
        [attachment] = first.attachments
        source = client.media(first, attachment)
        assert source.url.endswith(f"{media}/ME1")
        assert "Authorization" in source.headers
    assert (first.external_event_id, first.text, first.message_type) == ("MM1", "first 兌", "image")
    assert first.contact_external_id == "+886912345678"
    assert first.timestamp_ms == NOON_MS + 1000
    assert (second.external_event_id, second.text) == ("SM9", "second")


def test_a_missed_message_has_the_key_of_its_webhook():
    event = CHANNEL.read(body_of("text.form"))
    assert event.external_event_id == event.external_message_id


# Media


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


# The account


async def test_a_good_account_is_told_how_lost_webhooks_come_back():
    async with connected() as (twilio, client):
        twilio.answers[f"/2010-04-01/Accounts/{AC}.json"] = (200, {"sid": AC, "status": "active"})
        check = await client.check()
    assert (check.ok, check.external_id, check.address) == (True, AC, "+886223456789")
    assert any("#rc=5&rp=5xx,ct,rt" in line for line in check.advice)


async def test_an_account_without_a_number_learns_it_from_the_first_message():
    async with connected(address="") as (twilio, client):
        twilio.answers[f"/2010-04-01/Accounts/{AC}.json"] = (200, {"sid": AC, "status": "active"})
        check = await client.check()
    assert (check.ok, check.address) == (True, None)
    assert any("first message" in line for line in check.advice)


@pytest.mark.parametrize(
    ("answer", "bad", "words"),
    [
        ((401, {"code": 20003, "message": "Authenticate"}), True, "20003"),
        ((404, {"code": 20404, "message": "none"}), False, "404"),
        ((200, {"sid": AC, "status": "suspended"}), False, "suspended"),
        ((200, {}), False, "not named"),
    ],
)
async def test_an_account_that_does_not_open_says_why(answer, bad, words):
    async with connected() as (twilio, client):
        twilio.answers[f"/2010-04-01/Accounts/{AC}.json"] = answer
        check = await client.check()
    assert isinstance(check, Check)
    assert (check.ok, check.credentials_bad) == (False, bad)
    assert words in check.advice[0]


async def test_a_slow_list_is_no_answer():
    async with connected(timeout_s=0.05) as (twilio, client):
        twilio.answers[MESSAGES] = (200, HANG)
        assert await client.missed(NOON_MS) == []


async def test_missing_credentials_are_an_answer_and_no_error():
    async with connected(token="", secret="", external_id="") as (_, client):
        assert (await client.check()).ok is False


@pytest.mark.parametrize("url", ["https://shop.example/w", "https://shop.example/w#rc=1"])
def test_the_address_to_copy_carries_the_retries(url):
    told = webhook_with_retries(url)
    assert told == "https://shop.example/w#rc=5&rp=5xx,ct,rt&ct=1000&rt=2000"
    settings = dict(pair.split("=") for pair in told.partition("#")[2].split("&"))
    attempts = 1 + int(settings["rc"])
    assert attempts <= 6
    assert int(settings["rt"]) <= 15_000
