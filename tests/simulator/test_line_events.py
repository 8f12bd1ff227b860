"""What a LINE customer does becomes the webhook calls that LINE makes."""

from __future__ import annotations

import json
import re

import pytest
from linebot.v3.webhook import SignatureValidator, WebhookParser

from runtime.clock import to_ms
from runtime.errors import Refused
from simulator import phones

SECRET = "a secret for tests"


async def test_a_text_reaches_the_webhook_signed_as_line_signs(stage, hook, clock):
    who = await stage.who("line")
    await phones.say(who, "latte 拿鐵 / 50%")
    await stage.deliver()
    [call] = hook.calls
    signature = call.headers["x-line-signature"]
    assert SignatureValidator(SECRET).validate(call.body.decode(), signature)
    assert "拿鐵" in call.body.decode()
    [event] = WebhookParser(SECRET).parse(call.body.decode(), signature)
    assert event.message.text == "latte 拿鐵 / 50%"
    assert event.source.user_id == who.customer.external_id
    assert event.timestamp == to_ms(clock.now())
    assert event.delivery_context.is_redelivery is False


async def test_ids_have_lines_shapes(stage, hook):
    who = await stage.who("line")
    await phones.say(who, "hi")
    await stage.deliver()
    body = json.loads(hook.calls[0].body)
    [event] = body["events"]
    assert re.fullmatch(r"U[0-9a-f]{32}", body["destination"])
    assert re.fullmatch(r"U[0-9a-f]{32}", event["source"]["userId"])
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", event["webhookEventId"])
    assert re.fullmatch(r"\d{18}", event["message"]["id"])
    assert event["mode"] == "active"


async def test_every_kind_of_message_is_one_the_sdk_knows(stage, hook):
    who = await stage.who("line")
    await phones.say(who, "hi")
    await phones.send_photo(who)
    await phones.send_sticker(who)
    await phones.send_location(who)
    await phones.start(who)
    await stage.deliver()
    parser = WebhookParser(SECRET)
    events = [
        event
        for call in hook.calls
        for event in parser.parse(call.body.decode(), call.headers["x-line-signature"])
    ]
    kinds = [type(getattr(event, "message", event)).__name__ for event in events]
    assert kinds == [
        "TextMessageContent",
        "ImageMessageContent",
        "StickerMessageContent",
        "LocationMessageContent",
        "FollowEvent",
    ]


async def test_the_photo_is_served_under_its_message_id_to_the_bearer_only(stage):
    sent = await phones.send_photo(await stage.who("line"))
    path = f"/line/v2/bot/message/{sent}/content"
    answer = await stage.call("GET", path)
    assert (answer.status, answer.body[:2]) == (200, b"\xff\xd8")
    refused = await stage.call("GET", path, headers={"Authorization": "Bearer wrong"})
    assert refused.status == 401
    assert (await stage.call("GET", "/line/v2/bot/message/1/content")).status == 404


async def test_blocking_tells_unfollow_and_silences_until_unblocked(stage, hook):
    who = await stage.who("line")
    await phones.block(who)
    with pytest.raises(Refused, match="Unblock"):
        await phones.say(await stage.who("line"), "hi")
    await phones.unblock(await stage.who("line"))
    await stage.deliver()
    assert [event["type"] for event in hook.events] == ["unfollow", "follow"]
    assert hook.events[1]["follow"] == {"isUnblocked": True}
    assert "replyToken" not in hook.events[0]


async def test_a_group_message_names_group_and_member(stage, hook, pool):
    group = await pool.fetchval("SELECT external_id FROM simulator.chat_group")
    who = await stage.who("line", group=group)
    await phones.say(who, "latte")
    await stage.deliver()
    source = hook.events[0]["source"]
    assert source == {"type": "group", "groupId": group, "userId": who.customer.external_id}


async def test_taking_a_message_back_tells_unsend(stage, hook):
    who = await stage.who("line")
    sent = await phones.say(who, "oops")
    await phones.unsend(who, sent)
    await stage.deliver()
    assert hook.events[1]["unsend"] == {"messageId": sent}
    assert (await stage.chat("line"))[0]["body"] == {"type": "unsent"}


async def test_tapping_a_postback_button_sends_its_data(stage, hook):
    who = await stage.who("line")
    action = {"type": "postback", "label": "Take it", "data": "c:1:a", "displayText": "I take it"}
    message = {
        "type": "template",
        "altText": "coupon",
        "template": {"type": "buttons", "text": "Latte 50", "actions": [action]},
    }
    body = {"to": who.customer.external_id, "messages": [message]}
    sent = await stage.call("POST", "/line/v2/bot/message/push", body)
    await phones.tap(who, sent.body["sentMessages"][0]["id"], action)
    await stage.deliver()
    assert hook.events[0]["type"] == "postback"
    assert hook.events[0]["postback"] == {"data": "c:1:a"}
    assert hook.events[0]["replyToken"]
    assert (await stage.chat("line"))[-1]["body"]["text"] == "I take it"
