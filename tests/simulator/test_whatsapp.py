"""WhatsApp over Twilio: signed webhook forms, sends with their callbacks, and Twilio's refusals."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator

from simulator import phones
from simulator.checks import Checker
from simulator.twilio import content_rules

SECRET = "a secret for tests"
MESSAGES = "/2010-04-01/Accounts/{AC}/Messages.json"


def form(call):
    return dict(parse_qsl(call.body.decode(), keep_blank_values=True))


@pytest.fixture
def sent(stage):
    """Send a message to Tom through the API."""

    async def send(**fields):
        defaults = {"To": "whatsapp:+886912000321", "From": "whatsapp:+886277001122"}
        return await stage.twilio("POST", MESSAGES, {**defaults, **fields})

    return send


@pytest.fixture
async def tom(stage, hook):
    """Tom, who has just written."""
    who = await stage.who("whatsapp")
    await phones.say(who, "latte")
    await stage.deliver()
    hook.calls.clear()
    return who


async def test_a_text_is_signed_as_twilio_signs(stage, hook):
    who = await stage.who("whatsapp")
    sid = await phones.say(who, "拿鐵 & more")
    await stage.deliver()
    [call] = hook.calls
    told = form(call)
    assert RequestValidator(SECRET).validate(
        who.account.webhook_url, told, call.headers["X-Twilio-Signature"]
    )
    assert told["MessageSid"] == told["SmsSid"] == sid
    assert told["Body"] == "拿鐵 & more"
    assert (told["From"], told["To"]) == ("whatsapp:+886912000321", "whatsapp:+886277001122")
    assert (told["WaId"], told["ProfileName"]) == ("886912000321", "Tom")
    assert told["AccountSid"] == who.account.external_id
    assert call.headers["I-Twilio-Idempotency-Token"]


async def test_one_who_hides_the_number_is_known_by_a_scoped_id_alone(stage, hook):
    await phones.say(await stage.who("whatsapp", 2), "hi")
    await stage.deliver()
    told = form(hook.calls[0])
    assert told["From"] == told["ExternalUserId"] == "whatsapp:TW.13491208655302741918"
    assert "WaId" not in told


async def test_a_photo_is_behind_basic_credentials_and_a_redirect(stage, hook):
    await phones.send_photo(await stage.who("whatsapp"))
    await stage.deliver()
    told = form(hook.calls[0])
    assert (told["NumMedia"], told["MediaContentType0"]) == ("1", "image/jpeg")
    assert told["MessageSid"].startswith("MM")
    async with stage.http.get(told["MediaUrl0"]) as refused:
        assert refused.status == 401
    path = told["MediaUrl0"].partition("/twilio")[2]
    redirect = await stage.twilio("GET", path, allow_redirects=False)
    assert redirect.status == 307
    async with stage.http.get(redirect.headers["Location"]) as answer:
        assert (await answer.read())[:2] == b"\xff\xd8"


async def test_a_location_has_its_fields(stage, hook):
    await phones.send_location(await stage.who("whatsapp"))
    await stage.deliver()
    told = form(hook.calls[0])
    assert (told["MessageType"], told["Latitude"], told["Label"]) == (
        "location",
        "25.033",
        "Tessera Tea House",
    )


async def test_a_send_goes_through_its_statuses_in_callbacks(stage, hook, tom, sent):
    callback = f"{stage.hook_url}/status?m=7"
    answer = await sent(Body="hi", StatusCallback=callback)
    assert (answer.status, answer.body["status"]) == (201, "queued")
    await phones.read(tom)
    await stage.deliver()
    assert [form(call)["MessageStatus"] for call in hook.calls] == [
        "queued",
        "sent",
        "delivered",
        "read",
    ]
    assert {form(call)["MessageSid"] for call in hook.calls} == {answer.body["sid"]}
    assert {call.url for call in hook.calls} == {callback}
    for call in hook.calls:
        assert RequestValidator(SECRET).validate(
            callback, form(call), call.headers["X-Twilio-Signature"]
        )


async def test_outside_the_window_a_free_text_fails_afterwards(stage, hook, tom, sent, clock):
    clock.advance(timedelta(hours=24))
    answer = await sent(Body="hi", StatusCallback=f"{stage.hook_url}/status")
    assert answer.status == 201
    await stage.deliver()
    last = form(hook.calls[-1])
    assert (last["MessageStatus"], last["ErrorCode"]) == ("failed", "63016")


async def test_strangers_and_blockers_fail_afterwards(stage, hook, tom, sent):
    callback = f"{stage.hook_url}/status"
    await sent(To="whatsapp:+4917612345678", Body="hi", StatusCallback=callback)
    await phones.block(tom)
    await sent(Body="hi", StatusCallback=callback)
    await stage.deliver()
    assert {form(call).get("ErrorCode") for call in hook.calls} - {None} == {"63024", "63033"}


REFUSED = {
    "no recipient": ({"To": ""}, 21604),
    "no sender": ({"From": ""}, 21603),
    "not a number": ({"To": "whatsapp:tom"}, 21211),
    "mixed channels": ({"To": "+886912000321"}, 21910),
    "a foreign sender": ({"From": "whatsapp:+15550001111"}, 63007),
    "nothing to say": ({"Body": ""}, 21619),
    "1,601 characters": ({"Body": "x" * 1601}, 21617),
    "http media": ({"MediaUrl": "http://a.example/a.jpg"}, 21620),
    "a bad callback": ({"StatusCallback": "ftp://a"}, 21609),
    "unknown content": ({"ContentSid": "HX" + "0" * 32}, 21655),
    "a long validity": ({"ValidityPeriod": "36001"}, 20001),
}


async def test_what_twilio_refuses_at_once_is_shown_nowhere(stage, tom, sent):
    for name, (fields, code) in REFUSED.items():
        answer = await sent(**{"Body": "hi", **fields})
        assert (answer.status, answer.body["code"], answer.body["status"]) == (400, code, 400), name
        assert answer.body["more_info"].endswith(str(code))
    assert len(await stage.chat("whatsapp")) == 1


async def test_wrong_credentials_are_20003(stage):
    sid = (await stage.account("whatsapp")).external_id
    path = f"/twilio/2010-04-01/Accounts/{sid}.json"
    answer = await stage.call("GET", path, headers={"Authorization": "Basic bm86bm8="})
    assert (answer.status, answer.body["code"], answer.body["message"]) == (
        401,
        20003,
        "Authenticate",
    )


async def test_the_list_finds_lost_messages_by_number_and_date(stage, tom, sent, clock):
    await sent(Body="hi")
    incoming = await stage.twilio("GET", MESSAGES, params={"To": "whatsapp:+886277001122"})
    assert [one["body"] for one in incoming.body["messages"]] == ["latte"]
    assert incoming.body["messages"][0]["direction"] == "inbound"
    outgoing = await stage.twilio("GET", MESSAGES, params={"To": "whatsapp:+886912000321"})
    assert [one["body"] for one in outgoing.body["messages"]] == ["hi"]
    later = (clock.now() + timedelta(hours=1)).isoformat()
    assert (await stage.twilio("GET", MESSAGES, params={"DateSent>": later})).body["messages"] == []
    page = await stage.twilio("GET", MESSAGES, params={"PageSize": "1"})
    assert page.body["next_page_uri"].startswith("/2010-04-01/")
    following = await stage.twilio("GET", page.body["next_page_uri"])
    assert [one["body"] for one in following.body["messages"]] == ["latte"]


REPLIES = {
    "language": "en",
    "variables": {"1": "Tom"},
    "types": {
        "twilio/quick-reply": {
            "body": "Hello {{1}}",
            "actions": [{"type": "QUICK_REPLY", "title": "Take it", "id": "c:1:{{2}}"}],
        }
    },
}


async def create(stage, body):
    data = io.BytesIO(json.dumps(body).encode())
    return await stage.twilio("POST", "/v1/Content", data)


async def test_content_is_filled_shown_and_tapped(stage, hook, tom, sent):
    content = await create(stage, REPLIES)
    assert content.status == 201
    answer = await sent(ContentSid=content.body["sid"], ContentVariables='{"2": "x"}')
    shown = (await stage.chat("whatsapp"))[-1]["body"]["content"]["twilio/quick-reply"]
    assert shown["body"] == "Hello Tom"
    await phones.tap(tom, answer.body["sid"], shown["actions"][0])
    await stage.deliver()
    told = form(hook.calls[-1])
    assert (told["ButtonText"], told["ButtonPayload"], told["Body"]) == (
        "Take it",
        "c:1:x",
        "Take it",
    )
    assert told["OriginalRepliedMessageSid"] == answer.body["sid"]


async def test_wrong_content_variables_are_21656(stage, tom, sent):
    content = await create(stage, REPLIES)
    for variables in ("", "{}", "[]", "{", '{"2": 1}', '{"2": "x", "9": "y"}', '{"2": ""}'):
        answer = await sent(ContentSid=content.body["sid"], ContentVariables=variables)
        assert (answer.status, answer.body["code"]) == (400, 21656), variables


async def test_outside_the_window_only_an_approved_template_goes(stage, tom, sent, clock):
    sid = (await create(stage, REPLIES)).body["sid"]
    clock.advance(timedelta(hours=25))
    fields = {"ContentSid": sid, "ContentVariables": '{"2": "x"}'}
    await sent(**fields)
    assert (await stage.chat("whatsapp"))[-1]["error_code"] == 63016
    request = io.BytesIO(b'{"name": "latte_50", "category": "MARKETING"}')
    await stage.twilio("POST", f"/v1/Content/{sid}/ApprovalRequests/whatsapp", request)
    await sent(**fields)
    assert (await stage.chat("whatsapp"))[-1]["status"] == "delivered"
    approval = await stage.twilio("GET", f"/v1/Content/{sid}/ApprovalRequests")
    assert approval.body["whatsapp"]["status"] == "approved"


def call_to_action(*actions):
    return {"twilio/call-to-action": {"body": "Latte 50", "actions": list(actions)}}


URL = {"type": "URL", "title": "Open", "url": "https://shop.example/c/{{1}}"}
BAD_TYPES = {
    "none": {},
    "unknown": {"twilio/poem": {"body": "a"}},
    "long body": {
        "twilio/quick-reply": {"body": "x" * 1025, "actions": [{"title": "a", "id": "a"}]}
    },
    "no actions": call_to_action(),
    "11 actions": call_to_action(*[URL] * 11),
    "long title": call_to_action({**URL, "title": "x" * 26}),
    "http link": call_to_action({**URL, "url": "http://shop.example"}),
    "long code": call_to_action({"type": "COPY_CODE", "code": "x" * 16}),
    "bad phone": call_to_action({"type": "PHONE_NUMBER", "title": "a", "phone": "02"}),
    "11 items": {
        "twilio/list-picker": {"body": "a", "button": "b", "items": [{"item": "a", "id": "1"}] * 11}
    },
    "media missing": {"twilio/media": {"body": "a"}},
}


@pytest.mark.parametrize("name", BAD_TYPES)
def test_content_that_whatsapp_would_refuse_is_refused(name):
    checker = Checker(lambda url: str(url).startswith("https://"))
    content_rules.check(checker, BAD_TYPES[name])
    assert len(checker.found) == 1


async def test_bad_content_is_not_made_and_says_where(stage):
    answer = await create(stage, {"language": "en", "types": BAD_TYPES["long title"]})
    assert (answer.status, answer.body["code"]) == (400, 20001)
    assert "types.twilio/call-to-action.actions[0].title" in answer.body["message"]
    assert (await stage.twilio("GET", "/v1/Content")).body["contents"] == []


async def test_four_buttons_need_approval_even_inside_the_window(stage, tom, sent):
    sid = (await create(stage, {"language": "en", "types": call_to_action(*[URL] * 4)})).body["sid"]
    await sent(ContentSid=sid, ContentVariables='{"1": "abc"}')
    assert (await stage.chat("whatsapp"))[-1]["error_code"] == 63005
