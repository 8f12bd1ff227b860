"""LINE's send endpoints: what they do, and what they refuse with LINE's own words."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest

from simulator import phones

REPLY = "/line/v2/bot/message/reply"
PUSH = "/line/v2/bot/message/push"
HI = {"type": "text", "text": "hi"}


@pytest.fixture
async def token(stage, hook):
    """A fresh reply token."""
    await phones.say(await stage.who("line"), "latte")
    await stage.deliver()
    return hook.events[-1]["replyToken"]


async def push(stage, message, **options):
    who = await stage.who("line")
    messages = message if isinstance(message, list) else [message]
    return await stage.call(
        "POST", PUSH, {"to": who.customer.external_id, "messages": messages}, **options
    )


async def test_a_reply_appears_on_the_phone(stage, token):
    answer = await stage.call("POST", REPLY, {"replyToken": token, "messages": [HI]})
    assert answer.status == 200
    assert answer.headers["X-Line-Request-Id"]
    last = (await stage.chat("line"))[-1]
    assert (last["direction"], last["body"]) == ("out", HI)
    assert last["external_id"] == answer.body["sentMessages"][0]["id"]


async def test_a_reply_token_serves_once(stage, token):
    body = {"replyToken": token, "messages": [HI]}
    await stage.call("POST", REPLY, body)
    again = await stage.call("POST", REPLY, body)
    assert (again.status, again.body) == (400, {"message": "Invalid reply token"})


async def test_a_reply_token_dies_after_a_minute(stage, token, clock):
    clock.advance(timedelta(seconds=60))
    answer = await stage.call("POST", REPLY, {"replyToken": token, "messages": [HI]})
    assert (answer.status, answer.body) == (400, {"message": "Invalid reply token"})


async def test_a_reply_with_bad_messages_leaves_the_token_alive(stage, token):
    assert (await stage.call("POST", REPLY, {"replyToken": token, "messages": []})).status == 400
    assert (await stage.call("POST", REPLY, {"replyToken": token, "messages": [HI]})).status == 200


async def test_a_reply_takes_no_retry_key(stage, token):
    headers = {"X-Line-Retry-Key": str(uuid4())}
    answer = await stage.call(
        "POST", REPLY, {"replyToken": token, "messages": [HI]}, headers=headers
    )
    assert answer.status == 400


async def test_a_repeated_retry_key_is_answered_409_with_the_first_messages(stage):
    headers = {"X-Line-Retry-Key": str(uuid4())}
    first = await push(stage, HI, headers=headers)
    again = await push(stage, HI, headers=headers)
    assert (first.status, again.status) == (200, 409)
    assert again.body["message"] == "The retry key is already accepted"
    assert again.body["sentMessages"] == first.body["sentMessages"]
    assert again.headers["x-line-accepted-request-id"] == first.headers["X-Line-Request-Id"]
    assert len(await stage.chat("line")) == 1


async def test_a_retry_key_is_forgotten_after_a_day(stage, clock):
    headers = {"X-Line-Retry-Key": str(uuid4())}
    await push(stage, HI, headers=headers)
    clock.advance(timedelta(hours=24))
    assert (await push(stage, HI, headers=headers)).status == 200


async def test_a_retry_key_must_be_a_uuid(stage):
    assert (await push(stage, HI, headers={"X-Line-Retry-Key": "abc"})).status == 400


async def test_a_wrong_token_is_refused(stage):
    answer = await push(stage, HI, headers={"Authorization": "Bearer nobody"})
    assert answer.status == 401
    assert answer.body["message"].startswith("Authentication failed.")


async def test_a_push_to_nobody_fails_and_to_nonsense_is_invalid(stage):
    unknown = await stage.call("POST", PUSH, {"to": "U" + "0" * 32, "messages": [HI]})
    assert (unknown.status, unknown.body) == (400, {"message": "Failed to send messages"})
    nonsense = await stage.call("POST", PUSH, {"to": "Mei", "messages": [HI]})
    assert nonsense.body == {
        "message": "The property, 'to', in the request body is invalid (line: -, column: -)"
    }


async def test_a_push_to_one_who_blocked_is_accepted_and_shown_nowhere(stage):
    await phones.block(await stage.who("line"))
    answer = await push(stage, HI)
    assert answer.status == 200
    assert answer.body["sentMessages"]
    assert await stage.chat("line") == []
    profile = f"/line/v2/bot/profile/{(await stage.who('line')).customer.external_id}"
    assert (await stage.call("GET", profile)).status == 404


async def test_a_multicast_reaches_each_and_passes_over_strangers(stage):
    people = [(await stage.who("line", index)).customer.external_id for index in (0, 1)]
    body = {"to": [*people, "U" + "0" * 32], "messages": [HI]}
    assert (await stage.call("POST", "/line/v2/bot/message/multicast", body)).body == {}
    assert len(await stage.chat("line", 0)) == len(await stage.chat("line", 1)) == 1
    too_many = {"to": ["U" + "0" * 32] * 501, "messages": [HI]}
    assert (await stage.call("POST", "/line/v2/bot/message/multicast", too_many)).status == 400


@pytest.mark.parametrize("count", [0, 6])
async def test_a_call_carries_one_to_five_messages(stage, count):
    answer = await push(stage, [HI] * count)
    assert answer.status == 400
    assert answer.body["details"] == [
        {"message": "Size must be between 1 and 5", "property": "messages"}
    ]


async def test_a_body_over_two_megabytes_is_413(stage):
    data = io.BytesIO(b"x" * (2 * 1024 * 1024 + 1))
    answer = await stage.call("POST", PUSH, data=data)
    assert answer.status == 413


async def test_a_body_that_is_not_json_is_400(stage):
    answer = await stage.call(
        "POST", PUSH, None, data=b"{", headers={"Content-Type": "application/json"}
    )
    assert answer.body["message"].startswith("The request body could not be parsed as JSON")


async def test_a_profile_has_name_and_language(stage):
    who = await stage.who("line")
    answer = await stage.call("GET", f"/line/v2/bot/profile/{who.customer.external_id}")
    assert answer.body == {
        "displayName": "Mei",
        "userId": who.customer.external_id,
        "language": "zh-TW",
    }


async def test_loading_dots_take_steps_of_five_seconds(stage):
    chat = (await stage.who("line")).customer.external_id
    path = "/line/v2/bot/chat/loading/start"
    assert (await stage.call("POST", path, {"chatId": chat, "loadingSeconds": 10})).status == 202
    assert (await stage.call("POST", path, {"chatId": chat, "loadingSeconds": 7})).status == 400
