"""Each switch makes the pretended platforms misbehave as the real ones do."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from runtime.errors import Invalid
from simulator import phones

SECOND = timedelta(seconds=1)
HI = {"type": "text", "text": "hi"}


async def push(stage):
    who = await stage.who("line")
    body = {"to": who.customer.external_id, "messages": [HI]}
    return await stage.call("POST", "/line/v2/bot/message/push", body)


async def message(stage, channel):
    who = await stage.who(channel)
    body = {"recipient": {"id": who.customer.external_id}, "message": {"text": "hi"}}
    account = (await stage.account(channel)).external_id
    return await stage.call("POST", f"/meta/v26.0/{account}/messages", body)


async def whatsapp(stage):
    form = {"To": "whatsapp:+886912000321", "From": "whatsapp:+886277001122", "Body": "hi"}
    return await stage.twilio("POST", "/2010-04-01/Accounts/{AC}/Messages.json", form)


async def test_redelivery_repeats_the_event_id_and_says_so(stage, hook, clock):
    await stage.fault("line", "redeliver")
    await phones.say(await stage.who("line"), "hi")
    await stage.deliver()
    clock.advance(SECOND)
    await stage.deliver()
    clock.advance(SECOND)
    await stage.deliver()
    first, second = hook.events
    assert first["webhookEventId"] == second["webhookEventId"]
    flags = [event.pop("deliveryContext")["isRedelivery"] for event in (first, second)]
    assert flags == [False, True]
    assert first == second


async def test_a_duplicate_is_the_same_event_at_once(stage, hook):
    await stage.fault("messenger", "duplicate")
    sent = await phones.say(await stage.who("messenger"), "hi")
    await stage.deliver()
    assert [event["message"]["mid"] for event in hook.events] == [sent, sent]


async def test_reordered_events_arrive_the_other_way_round(stage, hook, clock):
    await stage.fault("line", "reorder")
    who = await stage.who("line")
    for text in ("one", "two"):
        await phones.say(who, text)
    await stage.deliver()
    clock.advance(SECOND)
    await stage.deliver()
    assert [event["message"]["text"] for event in hook.events] == ["two", "one"]
    assert hook.events[1]["timestamp"] <= hook.events[0]["timestamp"]


async def test_a_lone_held_event_arrives_after_three_seconds(stage, hook, clock):
    await stage.fault("line", "reorder")
    await phones.say(await stage.who("line"), "one")
    await stage.deliver()
    assert hook.events == []
    clock.advance(3 * SECOND)
    await stage.deliver()
    assert len(hook.events) == 1


async def test_delayed_events_wait_their_seconds(stage, hook, clock):
    await stage.fault("whatsapp", "delay", 7)
    await phones.say(await stage.who("whatsapp"), "hi")
    clock.advance(6 * SECOND)
    await stage.deliver()
    assert hook.calls == []
    clock.advance(SECOND)
    await stage.deliver()
    assert len(hook.calls) == 1


async def test_answer_429_in_each_platforms_words(stage):
    for channel in ("line", "messenger", "whatsapp"):
        await phones.say(await stage.who(channel), "hi")
        await stage.fault(channel, "answer_429")
    line, meta, twilio = await push(stage), await message(stage, "messenger"), await whatsapp(stage)
    assert (line.status, meta.status, twilio.status) == (429, 429, 429)
    assert line.body == {"message": "The API rate limit has been exceeded. Try again later."}
    assert meta.body["error"]["code"] == 613
    assert twilio.body["code"] == 20429
    assert len(await stage.chat("line")) == 1


async def test_the_monthly_limit_spares_replies(stage, hook):
    await phones.say(await stage.who("line"), "hi")
    await stage.deliver()
    await stage.fault("line", "monthly_limit")
    refused = await push(stage)
    assert (refused.status, refused.body) == (
        429,
        {"message": "You have reached your monthly limit."},
    )
    quota = await stage.call("GET", "/line/v2/bot/message/quota")
    used = await stage.call("GET", "/line/v2/bot/message/quota/consumption")
    assert quota.body["value"] == used.body["totalUsage"]
    body = {"replyToken": hook.events[0]["replyToken"], "messages": [HI]}
    assert (await stage.call("POST", "/line/v2/bot/message/reply", body)).status == 200


async def test_answer_500_carries_nothing_out(stage):
    for channel in ("line", "messenger", "whatsapp"):
        await phones.say(await stage.who(channel), "hi")
        await stage.fault(channel, "answer_500")
    line, meta, twilio = await push(stage), await message(stage, "messenger"), await whatsapp(stage)
    assert (line.status, meta.status, twilio.status) == (500, 500, 500)
    assert meta.body["error"]["code"] == 2
    assert twilio.body["code"] == 20500
    for channel in ("line", "messenger", "whatsapp"):
        assert len(await stage.chat(channel)) == 1


async def test_a_send_may_be_carried_out_and_its_answer_lost(stage):
    await stage.fault("line", "timeout_after_accept", calls=1)
    who = await stage.who("line")
    body = {"to": who.customer.external_id, "messages": [HI]}
    sent = asyncio.ensure_future(stage.call("POST", "/line/v2/bot/message/push", body))
    while not await stage.chat("line"):
        pass
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sent, 0.3)
    assert len(await stage.chat("line")) == 1
    assert (await push(stage)).status == 200


async def test_an_expired_token_is_refused_everywhere(stage):
    for channel in ("line", "instagram", "whatsapp"):
        await stage.fault(channel, "expired_token")
    line, meta, twilio = await push(stage), await message(stage, "instagram"), await whatsapp(stage)
    assert (line.status, meta.status, twilio.status) == (401, 401, 401)
    assert meta.body["error"]["code"] == 190
    assert meta.body["error"]["error_subcode"] == 463
    assert twilio.body["code"] == 20003


async def test_blocked_by_every_customer(stage):
    for channel in ("line", "messenger", "whatsapp"):
        await phones.say(await stage.who(channel), "hi")
        await stage.fault(channel, "blocked")
    assert (await push(stage)).status == 200
    assert len(await stage.chat("line")) == 1
    assert (await message(stage, "messenger")).body["error"]["code"] == 551
    assert (await whatsapp(stage)).status == 201
    assert (await stage.chat("whatsapp"))[-1]["error_code"] == 63033


async def test_a_clock_past_the_window_closes_windows_and_reply_tokens(stage, hook):
    for channel in ("line", "messenger", "whatsapp"):
        await phones.say(await stage.who(channel), "hi")
        await stage.fault(channel, "clock_shift", 25)
    await stage.deliver()
    token = next(event["replyToken"] for event in hook.events if "replyToken" in event)
    body = {"replyToken": token, "messages": [HI]}
    reply = await stage.call("POST", "/line/v2/bot/message/reply", body)
    assert (reply.status, reply.body["message"]) == (400, "Invalid reply token")
    assert (await message(stage, "messenger")).body["error"]["error_subcode"] == 2018278
    await whatsapp(stage)
    assert (await stage.chat("whatsapp"))[-1]["error_code"] == 63016


async def test_a_fault_for_some_calls_switches_itself_off(stage):
    await stage.fault("line", "answer_500", calls=2)
    assert [(await push(stage)).status for _ in range(3)] == [500, 500, 200]


async def test_unknown_faults_and_amounts_out_of_range_are_refused(stage):
    with pytest.raises(Invalid, match="no fault gravity"):
        await stage.fault("line", "gravity")
    with pytest.raises(Invalid, match="1 to 3600 seconds"):
        await stage.fault("line", "delay", 3601)
