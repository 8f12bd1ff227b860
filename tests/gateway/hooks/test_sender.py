"""Sending webhooks: signed, in order, at least once, ever more slowly, and never by two at a time."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import random
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from gateway.hooks.sender import Pauses
from runtime.keys import Keyring
from team.forget import Found, forget_in_logs
from team.webhooks.log import hook, log_page, send_again, troubled
from team.webhooks.manage import OVERLAP, pause, resume, rotate
from team.webhooks.queue import (
    BLOCKING,
    DELIVERED,
    GIVEN_UP,
    LIFE,
    OF_ONE,
    WAITING,
    Patience,
    Tried,
    lease,
    settle,
)
from tests.factories import a_workspace

ROOT = Path(__file__).resolve().parents[3]
RECEIVED = "message.received"


def signed_by(secret, got):
    """Verify a call as docs/webhooks.md tells receivers to."""
    parts = [part.split("=", 1) for part in got.headers["Tessera-Signature"].split(",")]
    [stamp] = [value for name, value in parts if name == "t"]
    wanted = hmac.new(secret.encode(), f"{stamp}.".encode() + got.body, hashlib.sha256).hexdigest()
    return wanted in [value for name, value in parts if name == "v1"]


async def states(house):
    rows = await house.db.screens.fetch("SELECT state FROM webhook_event ORDER BY seq")
    return [row["state"] for row in rows]


async def test_an_event_arrives_signed_with_its_id_in_body_and_header(house):
    """Lesson 26: an outbox with an event id, documented as at least once, with an HMAC signature."""
    await house.hook(RECEIVED)
    await house.says("hello")
    await house.tell()
    [got] = house.receiver.got
    assert got.event["data"]["message"]["text"] == "hello"
    assert got.headers["Tessera-Event"] == got.event["id"]
    assert got.headers["Tessera-Kind"] == got.event["kind"] == RECEIVED
    assert got.headers["Content-Type"] == "application/json"
    stamp = int(house.clock.now().timestamp())
    assert got.headers["Tessera-Signature"].startswith(f"t={stamp},v1=")
    assert signed_by(house.secret, got)
    assert not signed_by("whsec_other", got)


async def test_fast_messages_are_told_once_each_and_in_order(house):
    """Lesson 26: an outgoing webhook fired twice on fast sends."""
    await house.hook(RECEIVED)
    await house.says(*"abcdefgh")
    await house.tell()
    await house.gather()
    await house.tell()
    texts = [got.event["data"]["message"]["text"] for got in house.receiver.got]
    assert texts == list("abcdefgh")
    assert len({got.event["id"] for got in house.receiver.got}) == 8


async def test_for_a_day_the_secret_before_signs_too(house):
    which = await house.hook(RECEIVED)
    old = house.secret
    async with house.db.transaction() as tx:
        new = await rotate(tx, house.keyring, which, house.clock.now())
    await house.says("one")
    await house.tell()
    house.clock.advance(OVERLAP)
    await house.says("two")
    await house.tell()
    first, second = house.receiver.got
    assert (signed_by(old, first), signed_by(new, first)) == (True, True)
    assert (signed_by(old, second), signed_by(new, second)) == (False, True)


async def test_a_failure_is_tried_again_and_what_came_after_it_waits(house):
    await house.hook(RECEIVED)
    await house.says("one", "two")
    house.receiver.answers.extend([500, 503])
    await house.tell()
    assert len(house.receiver.got) == 1
    house.clock.advance(timedelta(seconds=4))
    await house.tell()
    assert len(house.receiver.got) == 1
    house.clock.advance(timedelta(seconds=1))
    await house.tell()
    house.clock.advance(timedelta(seconds=15))
    await house.tell()
    texts = [got.event["data"]["message"]["text"] for got in house.receiver.got]
    assert texts == ["one", "one", "one", "two"]
    assert len({got.event["id"] for got in house.receiver.got[:3]}) == 1
    assert len({got.body for got in house.receiver.got[:3]}) == 1


async def test_an_event_that_always_fails_does_not_hold_up_the_others_for_ever(house):
    await house.hook(RECEIVED)
    await house.says("poison", "fine")
    house.receiver.answers.extend([400] * BLOCKING)
    for _ in range(BLOCKING):
        await house.tell()
        house.clock.advance(timedelta(hours=1))
    house.receiver.answers.append(400)
    await house.tell()
    assert await states(house) == [WAITING, DELIVERED]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_2xx_is_success(house, status):
    await house.hook(RECEIVED)
    await house.says("hello")
    house.receiver.answers.append(status)
    await house.tell()
    assert await states(house) == [DELIVERED]


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 400, 404, 410, 429, 500])
async def test_nothing_else_is_and_redirects_are_not_followed(house, status):
    await house.hook(RECEIVED)
    await house.says("hello")
    headers = {"Location": f"{house.receiver.origin}/elsewhere"}
    house.receiver.answers.append(web.Response(status=status, headers=headers))
    await house.tell()
    assert await states(house) == [WAITING]
    assert len(house.receiver.got) == 1
    assert await house.value("SELECT status FROM webhook_attempt") == status


async def test_an_event_nobody_took_within_a_day_is_given_up_and_may_be_sent_again(house):
    which = await house.hook(RECEIVED)
    await house.says("hello")
    await house.gather()
    await house.fail_for(LIFE + timedelta(hours=1))
    await house.tell()
    assert await states(house) == [GIVEN_UP]
    async with house.db.transaction() as tx:
        await resume(tx, which, house.clock.now())
        event = await tx.fetchval("SELECT id FROM webhook_event")
        await send_again(tx, which, event, house.clock.now())
    before = house.receiver.got[-1]
    await house.tell()
    assert await states(house) == [DELIVERED]
    assert house.receiver.got[-1].body == before.body


async def test_an_address_that_fails_turns_failing_then_paused_and_a_success_heals_it(house):
    which = await house.hook(RECEIVED)
    await house.says("hello")
    await house.gather()
    await house.fail_for(timedelta(hours=3))
    shown = await hook(house.db.screens, house.workspace, which.id)
    assert shown.state == "failing"
    assert await troubled(house.db.screens, house.workspace) == 1
    house.clock.advance(timedelta(hours=3))
    await house.tell()
    shown = await hook(house.db.screens, house.workspace, which.id)
    assert (shown.state, shown.failures) == ("active", 0)
    for number in range(26):
        await house.says(f"more {number}")
        await house.gather()
        await house.fail_for(timedelta(hours=1))
    shown = await hook(house.db.screens, house.workspace, which.id)
    assert (shown.state, shown.state_reason) == ("paused", "failures")
    told = await house.db.screens.fetch(
        "SELECT action, member_id FROM audit_entry WHERE action LIKE 'webhook.%' ORDER BY id"
    )
    actions = [row["action"] for row in told]
    wanted = ["added", "failing", "recovered", "failing", "paused"]
    assert actions == [f"webhook.{word}" for word in wanted]
    assert [row["member_id"] for row in told] == [house.ann, None, None, None, None]
    count = len(house.receiver.got)
    await house.says("nobody hears this")
    await house.tell()
    assert len(house.receiver.got) == count


async def test_a_paused_address_is_told_nothing_and_resumed_with_what_waited(house):
    which = await house.hook(RECEIVED)
    await house.says("before")
    await house.gather()
    async with house.db.transaction() as tx:
        await pause(tx, which, house.clock.now())
    await house.says("meanwhile")
    await house.tell()
    assert house.receiver.got == []
    async with house.db.transaction() as tx:
        house.clock.advance(timedelta(seconds=1))
        await resume(tx, which, house.clock.now())
    await house.says("after")
    await house.tell()
    texts = [got.event["data"]["message"]["text"] for got in house.receiver.got]
    assert texts == ["before", "after"]


async def test_two_workers_never_send_one_event_at_once(house):
    for number in range(4):
        await house.hook(RECEIVED, name=f"Till {number}")
    await house.says(*"abcde")
    await house.gather()
    workers = [house.sender, house.another_sender(), house.another_sender()]
    while sum(await asyncio.gather(*(worker.round() for worker in workers))):
        continue
    assert len(house.receiver.got) == 20
    assert set(await states(house)) == {DELIVERED}
    assert await house.value("SELECT max(attempts) FROM webhook_event") == 1


async def test_a_workspace_whose_addresses_hang_leaves_room_for_others(house):
    for number in range(OF_ONE + 2):
        await house.hook(RECEIVED, name=f"Till {number}")
    other = await house.hook(RECEIVED, name="Another's")
    await house.says("one")
    await house.gather()
    await house.db.screens.execute(
        "UPDATE webhook SET workspace_id = $2 WHERE id = $1",
        *(other.id, await a_workspace(house.db, house.clock)),
    )
    now, span = house.clock.now(), timedelta(minutes=1)

    async def leased():
        async with house.db.transaction() as tx:
            return await lease(tx, now, 16, span)

    first = await leased()
    assert len(first) == OF_ONE + 1
    assert other.id in {one.webhook_id for one in first}
    assert await leased() == []
    done = next(one for one in first if one.webhook_id != other.id)
    async with house.db.transaction() as tx:
        tried = Tried(at=now, duration_ms=1, status=200)
        assert await settle(tx, done, tried, now, Patience())
    [more] = await leased()
    assert more.webhook_id not in {one.webhook_id for one in first}


async def test_while_one_calls_others_leave_the_address_alone(house):
    await house.hook(RECEIVED)
    await house.says("one", "two")
    await house.gather()
    house.receiver.gate.clear()
    calling = asyncio.ensure_future(house.sender.round())
    await house.receiver.arrived.wait()
    assert await house.another_sender().round() == 0
    house.receiver.gate.set()
    assert await calling == 1
    assert len(house.receiver.got) == 1


async def test_a_late_writer_whose_lease_has_ended_changes_nothing(house):
    await house.hook(RECEIVED)
    await house.says("one")
    await house.gather()
    house.receiver.gate.clear()
    late = house.another_sender(lease_span=timedelta(0))
    calling = asyncio.ensure_future(late.round())
    await house.receiver.arrived.wait()
    house.receiver.arrived.clear()
    second = asyncio.ensure_future(house.sender.round())
    await house.receiver.arrived.wait()
    house.receiver.answers.extend([200, 200])
    with capture_logs():
        house.receiver.gate.set()
        assert (await calling, await second) == (1, 1)
    assert len({got.event["id"] for got in house.receiver.got}) == 1
    assert await house.value("SELECT attempts FROM webhook_event") == 1


@pytest.mark.parametrize(("status", "state"), [(500, GIVEN_UP), (200, DELIVERED)])
async def test_an_event_erased_while_it_is_sent_is_not_told_again(house, status, state):
    await house.hook(RECEIVED)
    await house.says("one")
    await house.gather()
    house.receiver.gate.clear()
    calling = asyncio.ensure_future(house.sender.round())
    await house.receiver.arrived.wait()
    about = await house.value("SELECT id FROM conversation")
    async with house.db.transaction() as tx:
        await forget_in_logs(tx, house.workspace, [about], Found(), house.clock.now())
    house.receiver.answers.append(web.Response(status=status, text="who was that?"))
    house.receiver.gate.set()
    await calling
    assert await states(house) == [state]
    assert await house.value("SELECT next_try_at FROM webhook_event") is None
    assert await house.value("SELECT excerpt FROM webhook_attempt") == ""


async def test_a_killed_process_leaves_an_event_that_arrives_again(house):
    await house.hook(RECEIVED)
    await house.says("one")
    await house.gather()
    house.receiver.gate.clear()
    worker = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.gateway.hooks.killed", house.dsn, house.receiver.origin),
        cwd=ROOT,
    )
    await house.receiver.arrived.wait()
    worker.kill()
    await worker.wait()
    house.receiver.gate.set()
    # Its lease was short, and ends by the database's clock.
    async with asyncio.timeout(60):
        while not await house.sender.round():
            continue
    first, second = house.receiver.got
    assert first.headers["Tessera-Event"] == second.headers["Tessera-Event"]
    assert first.body == second.body
    assert await states(house) == [DELIVERED]


async def test_an_address_that_does_not_answer_in_time_is_a_failure(house):
    await house.hook(RECEIVED)
    await house.says("one")
    await house.gather()
    house.receiver.gate.clear()
    await house.another_sender(total_s=0.05).round()
    assert await house.value("SELECT error FROM webhook_attempt") == "timeout"
    assert await states(house) == [WAITING]


async def test_only_the_beginning_of_an_answer_is_read_and_kept(house):
    which = await house.hook(RECEIVED)
    await house.says("one")
    house.receiver.answers.append(web.Response(status=500, body=b"\x00\xff<b>no" + b"x" * 900_000))
    await house.tell()
    log = await log_page(house.db.screens, (house.workspace, which.id))
    [tried] = log.rows[0].tries
    assert (tried.status, len(tried.excerpt)) == (500, 1000)
    assert "\x00" not in tried.excerpt
    assert "<b>no" in tried.excerpt


async def test_a_secret_that_no_key_opens_counts_as_a_failure(house):
    await house.hook(RECEIVED)
    await house.says("one")
    await house.gather()
    with capture_logs():
        house.sender.keyring = Keyring("another key altogether and of no use here")
        await house.sender.round()
    assert await house.value("SELECT error FROM webhook_attempt") == "key"
    assert house.receiver.got == []


def test_pauses_grow_up_to_their_most_and_are_never_quite_the_same():
    rng = random.Random(7)  # noqa: S311 (pauses)
    pauses = Pauses()
    spans = [pauses.after(failures, rng) for failures in range(1, 40)]
    steady = [Pauses(jitter=0).after(failures, rng) for failures in range(1, 40)]
    assert steady[:4] == [timedelta(seconds=5 * 3**n) for n in range(4)]
    assert steady[-1] == timedelta(hours=4)
    assert steady == sorted(steady)
    for span, plain in zip(spans, steady, strict=True):
        assert plain * 0.8 <= span <= plain * 1.2
    assert len(set(spans[-10:])) == 10
