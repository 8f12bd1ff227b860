"""What Messenger and Instagram customers do becomes the webhook calls that Meta makes."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from runtime.clock import to_ms
from runtime.errors import Invalid, NotFound
from simulator import phones

SECRET = "a secret for tests"
BOTH = ["messenger", "instagram"]


async def send(stage, channel, message):
    who = await stage.who(channel)
    body = {"recipient": {"id": who.customer.external_id}, "message": message}
    account = (await stage.account(channel)).external_id
    return await stage.call("POST", f"/meta/v26.0/{account}/messages", body)


@pytest.fixture
async def said(stage, hook):
    """Lin and Aiko have written, and the webhook has heard."""
    for channel in BOTH:
        await phones.say(await stage.who(channel), "hello")
    await stage.deliver()
    hook.calls.clear()


@pytest.mark.parametrize(("channel", "kind"), [("messenger", "page"), ("instagram", "instagram")])
async def test_a_text_is_escaped_and_signed_as_meta_does(stage, hook, clock, channel, kind):
    who = await stage.who(channel)
    sent = await phones.say(who, "拿鐵 a/b")
    await stage.deliver()
    [call] = hook.calls
    expected = hmac.new(SECRET.encode(), call.body, hashlib.sha256).hexdigest()
    assert call.headers["X-Hub-Signature-256"] == f"sha256={expected}"
    assert rb"\u62ff\u9435 a\/b" in call.body
    assert call.body.isascii()
    body = json.loads(call.body)
    assert body["object"] == kind
    [entry] = body["entry"]
    assert entry["id"] == who.account.external_id
    assert entry["messaging"] == [
        {
            "sender": {"id": who.customer.external_id},
            "recipient": {"id": who.account.external_id},
            "timestamp": to_ms(clock.now()),
            "message": {"mid": sent, "text": "拿鐵 a/b"},
        }
    ]


async def test_a_photo_comes_as_an_address_that_serves_it(stage, hook):
    await phones.send_photo(await stage.who("messenger"))
    await stage.deliver()
    [attachment] = hook.events[0]["message"]["attachments"]
    async with stage.http.get(attachment["payload"]["url"]) as answer:
        assert answer.content_type == "image/jpeg"
        assert (await answer.read())[:2] == b"\xff\xd8"


async def test_stickers_have_their_own_kind_and_hearts_no_payload(stage, hook):
    for channel in BOTH:
        await phones.send_sticker(await stage.who(channel))
    await stage.deliver()
    found = {event["message"]["attachments"][0]["type"]: event for event in hook.events}
    assert found["sticker"]["message"]["attachments"][0]["payload"]["sticker_id"] == 369239263222822
    assert found["like_heart"]["message"]["attachments"] == [{"type": "like_heart"}]


async def test_a_location_is_messengers_alone(stage, hook):
    await phones.send_location(await stage.who("messenger"))
    await stage.deliver()
    [attachment] = hook.events[0]["message"]["attachments"]
    assert attachment["payload"]["coordinates"] == {"lat": 25.0330, "long": 121.5654}
    with pytest.raises(Invalid):
        await phones.send_location(await stage.who("instagram"))


async def test_get_started_carries_the_ref_of_the_link(stage, hook):
    await phones.start(await stage.who("messenger"), "spring")
    await stage.deliver()
    postback = hook.events[0]["postback"]
    assert postback["payload"] == "GET_STARTED"
    assert postback["referral"] == {"ref": "spring", "source": "SHORTLINK", "type": "OPEN_THREAD"}


async def test_a_link_starts_a_new_chat_and_refers_into_a_known_one(stage, hook):
    who = await stage.who("instagram")
    await phones.open_link(who, "spring")
    await phones.open_link(who, "summer")
    await stage.deliver()
    assert hook.events[0]["postback"]["referral"]["ref"] == "spring"
    assert hook.events[1]["referral"]["ref"] == "summer"


@pytest.mark.parametrize("channel", BOTH)
async def test_a_send_is_echoed_with_its_metadata(stage, hook, said, channel):
    answer = await send(stage, channel, {"text": "hi", "metadata": "our-id"})
    await stage.deliver()
    echo = next(event["message"] for event in hook.events if "message" in event)
    assert echo["is_echo"] is True
    assert (echo["mid"], echo["metadata"]) == (answer.body["message_id"], "our-id")
    assert isinstance(echo["app_id"], int)
    assert hook.events[0]["sender"]["id"] == (await stage.account(channel)).external_id


async def test_messenger_tells_delivery_and_read_by_watermark(stage, hook, said, clock):
    answer = await send(stage, "messenger", {"text": "hi"})
    who = await stage.who("messenger")
    await phones.read(who)
    await phones.read(who)
    await stage.deliver()
    told = {
        name: event[name] for event in hook.events for name in ("delivery", "read") if name in event
    }
    mark = to_ms(clock.now())
    assert told == {
        "delivery": {"mids": [answer.body["message_id"]], "watermark": mark},
        "read": {"watermark": mark},
    }
    assert sum("read" in event for event in hook.events) == 1


async def test_instagram_tells_read_by_mid_and_no_delivery(stage, hook, said):
    answer = await send(stage, "instagram", {"text": "hi"})
    await phones.read(await stage.who("instagram"))
    await stage.deliver()
    assert hook.events[-1]["read"] == {"mid": answer.body["message_id"]}
    assert not any("delivery" in event for event in hook.events)


@pytest.mark.parametrize("channel", BOTH)
async def test_a_quick_reply_is_a_message_with_a_payload(stage, hook, said, channel):
    reply = {"content_type": "text", "title": "Menu", "payload": "menu"}
    answer = await send(stage, channel, {"text": "What next?", "quick_replies": [reply]})
    await phones.tap(await stage.who(channel), answer.body["message_id"], reply)
    await stage.deliver()
    message = hook.events[-1]["message"]
    assert (message["text"], message["quick_reply"]) == ("Menu", {"payload": "menu"})


@pytest.mark.parametrize("channel", BOTH)
async def test_a_card_button_is_a_postback(stage, hook, said, channel):
    button = {"type": "postback", "title": "Take it", "payload": "c:1:a"}
    element = {"title": "Latte 50", "buttons": [button]}
    payload = {"template_type": "generic", "elements": [element]}
    answer = await send(stage, channel, {"attachment": {"type": "template", "payload": payload}})
    await phones.tap(await stage.who(channel), answer.body["message_id"], button)
    await stage.deliver()
    postback = hook.events[-1]["postback"]
    assert (postback["title"], postback["payload"]) == ("Take it", "c:1:a")
    assert postback["mid"]


async def test_tapping_a_coupon_reveals_its_code_and_tells(stage, hook, said):
    coupon = {
        "template_type": "coupon",
        "title": "Latte 50",
        "coupon_code": "A1B2",
        "payload": "c:1",
    }
    answer = await send(stage, "messenger", {"attachment": {"type": "template", "payload": coupon}})
    await phones.tap(await stage.who("messenger"), answer.body["message_id"], coupon)
    await stage.deliver()
    assert hook.events[-1]["template"] == {
        "type": "coupon",
        "payload": "c:1",
        "coupon_code": "A1B2",
    }
    assert (await stage.chat("messenger"))[-1]["body"]["attachment"]["payload"][
        "revealed"
    ] == "A1B2"


async def test_edit_and_reaction_on_messenger(stage, hook, said):
    who = await stage.who("messenger")
    sent = await phones.say(who, "lattte")
    for number in range(5):
        await phones.edit(who, sent, f"latte {number}")
    with pytest.raises(Invalid):
        await phones.edit(who, sent, "latte 6")
    answer = await send(stage, "messenger", {"text": "hi"})
    await phones.react(who, answer.body["message_id"], "❤")
    await phones.react(who, answer.body["message_id"], "")
    await stage.deliver()
    edits = [event["message_edit"] for event in hook.events if "message_edit" in event]
    assert edits[-1] == {"mid": sent, "text": "latte 4", "num_edit": 5}
    reactions = [event["reaction"] for event in hook.events if "reaction" in event]
    mid = answer.body["message_id"]
    assert reactions == [
        {"mid": mid, "action": "react", "reaction": "love", "emoji": "❤"},
        {"mid": mid, "action": "unreact"},
    ]


async def test_unsending_on_instagram_repeats_the_mid_as_deleted(stage, hook):
    who = await stage.who("instagram")
    sent = await phones.say(who, "oops")
    await phones.unsend(who, sent)
    await stage.deliver()
    assert hook.events[-1]["message"] == {"mid": sent, "is_deleted": True}


async def test_only_a_button_that_stands_in_the_message_can_be_tapped(stage, said):
    answer = await send(stage, "messenger", {"text": "hi"})
    forged = {"type": "postback", "title": "x", "payload": "admin"}
    with pytest.raises(NotFound, match="not in this message"):
        await phones.tap(await stage.who("messenger"), answer.body["message_id"], forged)
