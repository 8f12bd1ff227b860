"""The Send API: what it does, and what it refuses with Meta's own codes."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest

from simulator import phones
from simulator.meta import rules
from simulator.platform import Refusal
from simulator.world import World

BOTH = ["messenger", "instagram"]
TEXT = {"text": "hi"}


@pytest.fixture
async def said(stage):
    """Both customers have written, so the windows are open."""
    for channel in BOTH:
        await phones.say(await stage.who(channel), "hello")


async def send(stage, channel, message, **rest):
    who = await stage.who(channel)
    body = {"recipient": {"id": who.customer.external_id}, "message": message, **rest}
    return await stage.call("POST", "/meta/v26.0/me/messages", body)


def code(answer):
    error = answer.body["error"]
    assert error["message"]
    assert error["fbtrace_id"]
    return answer.status, error["code"], error.get("error_subcode")


@pytest.mark.parametrize("channel", BOTH)
async def test_a_send_appears_on_the_right_phone(stage, said, channel):
    answer = await send(stage, channel, TEXT, messaging_type="RESPONSE")
    who = await stage.who(channel)
    assert answer.status == 200
    assert answer.body["recipient_id"] == who.customer.external_id
    assert (await stage.chat(channel))[-1]["external_id"] == answer.body["message_id"]


async def test_the_token_may_stand_in_the_query(stage, said):
    who = await stage.who("messenger")
    body = {"recipient": {"id": who.customer.external_id}, "message": TEXT}
    path = "/meta/v26.0/me/messages?access_token=a-token-for-tests"
    assert (await stage.call("POST", path, body, headers={"Authorization": ""})).status == 200
    missing = await stage.call(
        "POST", "/meta/v26.0/me/messages", body, headers={"Authorization": ""}
    )
    assert code(missing) == (400, 104, None)
    wrong = {"Authorization": "Bearer nobody"}
    assert code(await stage.call("POST", "/meta/v26.0/me/messages", body, headers=wrong)) == (
        401,
        190,
        None,
    )


async def test_a_wrong_appsecret_proof_is_refused_and_a_right_one_taken(stage):
    right = hmac.new(b"a secret for tests", b"a-token-for-tests", hashlib.sha256).hexdigest()
    assert (await stage.call("GET", f"/meta/v26.0/me?appsecret_proof={right}")).status == 200
    assert code(await stage.call("GET", "/meta/v26.0/me?appsecret_proof=00")) == (400, 100, None)


@pytest.mark.parametrize(
    ("channel", "expected"), [("messenger", (400, 10, 2018278)), ("instagram", (403, 10, 2534022))]
)
async def test_the_window_closes_after_a_day_and_people_have_a_week(
    stage, said, clock, channel, expected
):
    clock.advance(timedelta(hours=24))
    assert code(await send(stage, channel, TEXT)) == expected
    tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    assert (await send(stage, channel, TEXT, **tagged)).status == 200
    clock.advance(timedelta(days=6))
    assert code(await send(stage, channel, TEXT, **tagged)) == expected


async def test_one_who_blocked_is_unavailable(stage, said):
    await phones.block(await stage.who("messenger"))
    assert code(await send(stage, "messenger", TEXT)) == (400, 551, 1545041)


async def test_nobody_by_that_id(stage, said):
    body = {"recipient": {"id": "1"}, "message": TEXT}
    assert code(await stage.call("POST", "/meta/v26.0/me/messages", body)) == (400, 100, 2018001)


async def test_typing_needs_no_message_and_shows_none(stage, said):
    who = await stage.who("messenger")
    body = {"recipient": {"id": who.customer.external_id}, "sender_action": "typing_on"}
    answer = await stage.call("POST", "/meta/v26.0/me/messages", body)
    assert answer.body == {"recipient_id": who.customer.external_id}
    assert len(await stage.chat("messenger")) == 1


def template(payload):
    return {"attachment": {"type": "template", "payload": payload}}


def generic(count=1, **parts):
    element = {"title": "Latte 50", "subtitle": "today", **parts}
    return template({"template_type": "generic", "elements": [element] * count})


def button(**parts):
    return {"type": "web_url", "title": "Open", "url": "https://shop.example/c/1", **parts}


REPLY = {"content_type": "text", "title": "Menu", "payload": "menu"}
GOOD = {
    "text": {"text": "x" * 2000},
    "generic": generic(10, image_url="https://a.example/a.jpg", buttons=[button()] * 3),
    "button": template({"template_type": "button", "text": "x" * 640, "buttons": [button()]}),
    "coupon": template({"template_type": "coupon", "title": "Latte", "coupon_code": "A1"}),
    "picture": {"attachment": {"type": "image", "payload": {"url": "https://a.example/a.jpg"}}},
    "quick replies": {"text": "hi", "quick_replies": [REPLY] * 13},
}
BAD = {
    "nothing": {},
    "text and attachment": {"text": "a", **generic()},
    "2,001 characters": {"text": "x" * 2001},
    "unknown key": {"text": "a", "colour": "red"},
    "14 quick replies": {"text": "a", "quick_replies": [REPLY] * 14},
    "long quick reply": {"text": "a", "quick_replies": [{**REPLY, "title": "x" * 21}]},
    "quick reply without payload": {
        "text": "a",
        "quick_replies": [{"content_type": "text", "title": "a"}],
    },
    "11 elements": generic(11),
    "no elements": generic(0),
    "long title": generic(title="x" * 81),
    "long subtitle": generic(subtitle="x" * 81),
    "title alone": template({"template_type": "generic", "elements": [{"title": "a"}]}),
    "four buttons": generic(buttons=[button()] * 4),
    "long button": generic(buttons=[button(title="x" * 21)]),
    "http link": generic(buttons=[button(url="http://shop.example")]),
    "http picture": generic(image_url="http://a.example/a.jpg"),
    "unknown button": generic(buttons=[{"type": "copy", "title": "a"}]),
    "long payload": generic(buttons=[{"type": "postback", "title": "a", "payload": "x" * 1001}]),
    "button template without buttons": template(
        {"template_type": "button", "text": "a", "buttons": []}
    ),
    "641 characters": template(
        {"template_type": "button", "text": "x" * 641, "buttons": [button()]}
    ),
    "coupon without code": template({"template_type": "coupon", "title": "a"}),
    "coupon with a space": template(
        {"template_type": "coupon", "title": "a", "coupon_code": "A 1"}
    ),
    "unknown template": template({"template_type": "poster"}),
    "unknown attachment": {"attachment": {"type": "hologram", "payload": {}}},
    "http file": {"attachment": {"type": "file", "payload": {"url": "http://a.example/a.pdf"}}},
}
INSTAGRAM_BAD = {
    "1,001 bytes": {"text": "拿" * 334},
    "coupon template": GOOD["coupon"],
    "quick replies on a card": {**generic(), "quick_replies": [REPLY]},
    "phone button": generic(
        buttons=[{"type": "phone_number", "title": "a", "payload": "+886212345678"}]
    ),
    "file": {"attachment": {"type": "file", "payload": {"url": "https://a.example/a.pdf"}}},
}


WORLD = World(pool=None, public_url="https://tessera.example", clock=None, http=None)


@pytest.mark.parametrize("name", GOOD)
def test_what_messenger_takes_is_taken(name):
    assert rules.check(GOOD[name], "messenger", WORLD) == GOOD[name]


@pytest.mark.parametrize("name", BAD)
def test_what_messenger_refuses_is_refused(name):
    with pytest.raises(Refusal) as refused:
        rules.check(BAD[name], "messenger", WORLD)
    assert code(refused.value.answer)[:2] == (400, 100)


@pytest.mark.parametrize("name", INSTAGRAM_BAD)
def test_what_instagram_refuses_is_refused(name):
    with pytest.raises(Refusal) as refused:
        rules.check(INSTAGRAM_BAD[name], "instagram", WORLD)
    assert code(refused.value.answer)[:2] == (400, 100)


async def test_a_refused_message_is_shown_nowhere(stage, said):
    answer = await send(stage, "messenger", BAD["2,001 characters"])
    assert code(answer) == (400, 100, None)
    assert answer.body["error"]["message"] == (
        "(#100) Length of param message[text] must be less than or equal to 2000"
    )
    assert len(await stage.chat("messenger")) == 1


async def test_a_message_may_be_json_inside_a_string(stage, said):
    who = await stage.who("messenger")
    body = {"recipient": f'{{"id": "{who.customer.external_id}"}}', "message": '{"text": "hi"}'}
    assert (await stage.call("POST", "/meta/v26.0/me/messages", body)).status == 200


async def test_profiles_and_the_account_are_read_by_fields(stage):
    lin = (await stage.who("messenger")).customer.external_id
    answer = await stage.call("GET", f"/meta/v26.0/{lin}?fields=first_name,locale")
    assert answer.body == {"first_name": "Lin", "locale": "zh_TW", "id": lin}
    aiko = (await stage.who("instagram")).customer.external_id
    answer = await stage.call("GET", f"/meta/v26.0/{aiko}?fields=name,username")
    assert answer.body["name"] == "Aiko"
    page = await stage.account("messenger")
    me = await stage.call("GET", "/meta/v26.0/me?fields=id,name,instagram_business_account")
    assert me.body["id"] == page.external_id
    assert me.body["instagram_business_account"] == {
        "id": (await stage.account("instagram")).external_id
    }
    assert code(await stage.call("GET", "/meta/v26.0/me?fields=shoe_size")) == (400, 100, None)
    assert code(await stage.call("GET", "/meta/v26.0/999?fields=name")) == (400, 100, 33)
