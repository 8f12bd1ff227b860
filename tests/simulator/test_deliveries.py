"""Webhook calls survive kills and are repeated as each platform repeats them."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta

import pytest

from simulator import accounts, deliveries, phones, schema

HOUR = timedelta(hours=1)


async def test_line_repeats_a_refused_event_as_redelivery_until_it_gives_up(stage, hook, clock):
    hook.status = 503
    await phones.say(await stage.who("line"), "hi")
    for _ in range(8):
        await stage.deliver()
        clock.advance(HOUR)
    assert len({event["webhookEventId"] for event in hook.events}) == 1
    flags = [event["deliveryContext"]["isRedelivery"] for event in hook.events]
    assert flags == [False, True, True, True, True, True]


async def test_meta_repeats_at_once_and_then_ever_more_rarely(stage, hook, clock):
    hook.status = 500
    await phones.say(await stage.who("messenger"), "hi")
    await deliveries.deliver_due(stage.world)
    await deliveries.deliver_due(stage.world)
    assert len(hook.calls) == 2
    assert await deliveries.deliver_due(stage.world) == 0
    hook.status = 200
    clock.advance(HOUR)
    await stage.deliver()
    clock.advance(36 * HOUR)
    await stage.deliver()
    assert len(hook.calls) == 3


@pytest.mark.parametrize(
    ("fragment", "calls"), [("", 1), ("#rc=2", 1), ("#rc=2&rp=5xx", 3), ("#rc=9&rp=all", 6)]
)
async def test_twilio_repeats_only_as_the_address_says(stage, hook, clock, pool, fragment, calls):
    hook.status = 503
    account = await stage.account("whatsapp")
    await pool.execute(
        "UPDATE simulator.account SET webhook_url = $2 WHERE id = $1",
        account.id,
        account.webhook_url + fragment,
    )
    await phones.say(await stage.who("whatsapp"), "hi")
    for _ in range(8):
        await stage.deliver()
        clock.advance(timedelta(seconds=1))
    assert len(hook.calls) == calls
    assert len({call.headers["X-Twilio-Signature"] for call in hook.calls}) == 1
    assert len({call.headers["I-Twilio-Idempotency-Token"] for call in hook.calls}) == 1


async def test_a_dead_webhook_is_logged_and_tried_again(stage, hook, clock, pool):
    account = await stage.account("line")
    await pool.execute(
        "UPDATE simulator.account SET webhook_url = 'http://127.0.0.1:9/' WHERE id = $1", account.id
    )
    await phones.say(await stage.who("line"), "hi")
    await stage.deliver()
    log = (await stage.call("GET", f"/api/accounts/{account.id}/wire")).body
    assert (log[0]["status"], log[0]["direction"]) == (0, "webhook")
    assert log[0]["answer"].startswith("no answer")
    assert await pool.fetchval("SELECT state FROM simulator.delivery") == "pending"


async def test_chats_and_waiting_webhooks_outlive_the_process(open_stage, stage, hook):
    sent = await phones.say(await stage.who("line"), "before the kill")
    async with open_stage() as restarted:
        assert (await restarted.chat("line"))[0]["external_id"] == sent
        await restarted.deliver()
    assert hook.events[0]["message"]["text"] == "before the kill"


async def test_reply_tokens_retry_keys_and_faults_outlive_the_process(open_stage, stage, hook):
    await phones.say(await stage.who("line"), "hi")
    await stage.deliver()
    await stage.fault("line", "duplicate")
    body = {"replyToken": hook.events[0]["replyToken"], "messages": [{"type": "text", "text": "a"}]}
    async with open_stage() as restarted:
        path = "/line/v2/bot/message/reply"
        assert (await restarted.call("POST", path, body)).status == 200
        assert (await restarted.call("POST", path, body)).status == 400
        await phones.say(await restarted.who("line"), "again")
        await restarted.deliver()
    assert len(hook.events) == 3


async def test_the_worker_delivers_by_itself_and_only_one_of_two_does(open_stage, stage, hook):
    async with open_stage(deliver=True) as one, open_stage(deliver=True):
        async with asyncio.timeout(60):
            for number in range(1, 4):
                hook.heard.clear()
                await phones.say(await one.who("line"), f"{number}")
                await hook.heard.wait()
    assert [event["message"]["text"] for event in hook.events] == ["1", "2", "3"]


async def test_the_post_is_free_again_after_the_worker_stopped(open_stage, stage, hook):
    async with open_stage(deliver=True):
        pass
    await phones.say(await stage.who("line"), "hi")
    async with open_stage(deliver=True), asyncio.timeout(60):
        await hook.heard.wait()
    assert len(hook.events) == 1


async def test_one_chat_keeps_its_order_though_chats_run_side_by_side(stage, hook):
    people = [await stage.who("line", index) for index in range(3)]
    for number in range(5):
        for who in people:
            await phones.say(who, f"{number}")
    await stage.deliver()
    for who in people:
        told = [
            event["message"]["text"]
            for event in hook.events
            if event["source"]["userId"] == who.customer.external_id
        ]
        assert told == ["0", "1", "2", "3", "4"]


async def test_migrations_run_once_however_many_start(pool):
    async def again():
        async with pool.acquire() as conn:
            return await schema.migrate(conn)

    assert await asyncio.gather(again(), again()) == [[], []]


async def test_seeding_again_keeps_chats_and_takes_new_secrets(stage, pool):
    await phones.say(await stage.who("line"), "hi")
    old = await stage.account("line")
    fields = {field.name for field in dataclasses.fields(accounts.NewAccount)}
    same = {name: getattr(old, name) for name in fields}
    async with pool.acquire() as conn:
        await accounts.seed(conn, [accounts.NewAccount(**{**same, "secret": "another"})])
    new = await stage.account("line")
    assert (new.id, new.secret) == (old.id, "another")
    assert len(await stage.chat("line")) == 1
    assert len(await accounts.customers(pool, new.id)) == 3
