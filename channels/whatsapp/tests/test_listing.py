"""What Twilio has on record: evidence of a send, missed messages, the account."""

from __future__ import annotations

import pytest

from channels.whatsapp.channel import CHANNEL, webhook_with_retries
from channels.whatsapp.tests.samples import body_of
from channels.whatsapp.tests.twilio_server import (
    AC,
    CARD,
    HANG,
    MESSAGES,
    SID,
    call,
    connected,
)
from conversations.channel import Check, Sent
from conversations.content import Image, Location, Template, Text

NOON_MS = 1_795_348_800_000  # Sun, 22 Nov 2026 12:00:00 UTC


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


async def test_a_slow_list_is_no_answer():
    async with connected(timeout_s=0.05) as (twilio, client):
        twilio.answers[MESSAGES] = (200, HANG)
        assert await client.missed(NOON_MS) == []


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
        ((200, {}), False, "did not say"),
    ],
)
async def test_an_account_that_does_not_open_says_why(answer, bad, words):
    async with connected() as (twilio, client):
        twilio.answers[f"/2010-04-01/Accounts/{AC}.json"] = answer
        check = await client.check()
    assert isinstance(check, Check)
    assert (check.ok, check.credentials_bad) == (False, bad)
    assert words in check.advice[0]


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
