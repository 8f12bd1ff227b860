"""One event that cannot be written must not hold up anybody else's, whatever is wrong with it."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlencode

import asyncpg
import msgspec
import pytest
from structlog.testing import capture_logs

from conversations import inbox
from conversations.actions.progress import Listeners
from conversations.inbox import NewEvent
from coupons.errors import Refusal
from coupons.requests import ClaimResult
from gateway.blocks import ALL_LANES_S, TRIES, BlockWorkers, Share, Wiring
from gateway.rhythm import MANY
from runtime.ids import uuid7
from runtime.tasks import Supervisor
from tests.factories import CHANNELS, an_account


@pytest.fixture
async def account(db, keyring, clock):
    return await an_account(db, keyring, clock, "messenger")


async def none_asked(_tx, requests, _now):
    assert not requests
    return []


@pytest.fixture
def workers_with(db, account, clock):
    """Workers with a settle function of the test's own, and what they tell of claims."""

    def make(settle, count=lambda _: None, account=account, **times):
        wiring = Wiring(
            CHANNELS, {account.id: account}.get, settle, Listeners(), lambda _: None, count
        )
        return BlockWorkers(db, wiring, clock, Supervisor(), **times)

    return make


@pytest.fixture
def workers(workers_with):
    return workers_with(none_asked)


@pytest.fixture
async def latte_rule(db, account):
    await db.screens.execute(
        "INSERT INTO flow_rule (id, workspace_id, position, kind, keywords, contains, coupon_id, text,"
        " refusal_texts, active) VALUES ($1, $2, 0, 'keyword', $3, false, $1, '', '{}', true)",
        uuid7(),
        account.workspace_id,
        ["latte"],
    )


def event(account, clock, customer, **message):
    """Return what Messenger posts about one message, as it lies in the inbox."""
    item = {
        "sender": {"id": customer},
        "recipient": {"id": account.external_id},
        "timestamp": 1_777_870_800_000,
        "message": {"mid": f"m-{customer}", **message},
    }
    body = {"account": account.external_id, "time_ms": None, "found_in": "messaging", "item": item}
    key = inbox.hash_of(f"m-{customer}")
    lane = inbox.lane_of(account.id.bytes, "everybody")
    payload = json.dumps(body).encode()
    return NewEvent(account.id, key, lane, payload, clock.now(), "r", account.id.bytes + key)


async def work(workers):
    workers.wake()
    for share in workers.shares:
        while await workers.step(share):
            pass


async def test_an_event_that_cannot_be_written_is_set_aside_and_the_others_go_on(
    db, account, clock, workers
):
    events = [
        msgspec.structs.replace(event(account, clock, "lost"), account_id=uuid7()),
        event(account, clock, "mei", text="hello"),
    ]
    await inbox.append(db.screens, events)
    with capture_logs() as said:
        for _ in range(TRIES):
            await work(workers)
            clock.advance(timedelta(minutes=3))
            workers.shares = [Share(share.lanes) for share in workers.shares]
    assert sum(line["event"] == "event failed" for line in said) == TRIES
    rows = await db.screens.fetch("SELECT state, tries, error FROM inbox ORDER BY id")
    assert sorted((row["state"], row["tries"]) for row in rows) == [(1, 0), (2, TRIES)]
    assert {row["text"] for row in await db.screens.fetch("SELECT text FROM message")} == {"hello"}


async def test_a_claim_of_a_block_that_is_run_again_is_counted_once(
    db, account, clock, latte_rule, workers_with
):
    asked, told, counted = [], [], []

    async def settle(_tx, requests, _now):
        asked.append(len(requests))
        if len(asked) == 1:
            raise asyncpg.DeadlockDetectedError("a rival was in the way")
        told.extend(requests)
        return [ClaimResult(refusal=Refusal.SOLD_OUT, text="Gone") for _ in requests]

    workers = workers_with(settle, counted.extend)
    await inbox.append(db.screens, [event(account, clock, "mei", text="latte")])
    await work(workers)
    await work(workers)
    assert (len(asked), len(told), len(counted)) == (2, 1, 1)


async def test_claims_of_a_block_that_fails_are_not_counted(
    db, account, clock, latte_rule, workers_with
):
    counted = []

    async def settle(tx, requests, _now):
        await tx.execute("UPDATE inbox SET state = 'nonsense'")
        return [ClaimResult(refusal=Refusal.SOLD_OUT, text="Gone") for _ in requests]

    await inbox.append(db.screens, [event(account, clock, "mei", text="latte")])
    with capture_logs():
        await work(workers_with(settle, counted.extend))
    assert counted == []


async def test_a_message_taken_back_before_it_came_is_not_answered(
    db, account, clock, latte_rule, workers_with
):
    async def settle(_tx, requests, _now):
        raise AssertionError(f"{requests} were asked for by a message that is gone")

    gone = event(account, clock, "mei", is_deleted=True)
    said = msgspec.structs.replace(
        event(account, clock, "mei", text="latte"), key_hash=inbox.hash_of("another")
    )
    await inbox.append(db.screens, [gone])
    await inbox.append(db.screens, [said])
    await work(workers_with(settle))
    assert await db.screens.fetchval("SELECT count(*) FROM flow_run") == 0
    assert await db.screens.fetchval("SELECT count(*) FROM inbox WHERE state <> 1") == 0


async def test_two_addresses_of_one_person_in_one_block_lose_no_unread(
    db, keyring, clock, workers_with
):
    account = await an_account(db, keyring, clock, "whatsapp")
    fields = {"AccountSid": account.external_id, "To": f"whatsapp:{account.address}", "Body": "hi"}
    both = {"From": "whatsapp:+886912345678", "ExternalUserId": "whatsapp:TW.1"}
    froms = [both, {"From": "whatsapp:+886912345678"}, {"From": "whatsapp:TW.1"}]
    forms = [
        urlencode({**fields, **who, "MessageSid": f"SM{n:032x}", "MessageType": "text"})
        for n, who in enumerate(froms)
    ]
    events = [
        NewEvent(
            account.id,
            inbox.hash_of(form),
            7,
            form.encode(),
            clock.now(),
            "r",
            account.id.bytes + bytes([n]),
        )
        for n, form in enumerate(forms)
    ]
    workers = workers_with(none_asked, account=account)
    await inbox.append(db.screens, events[:1])
    await work(workers)
    await inbox.append(db.screens, events[1:])
    await work(workers)
    rows = await db.screens.fetch("SELECT unread, version FROM conversation")
    assert [row["unread"] for row in rows] == [3]


def test_a_loop_looks_where_it_was_told_to_and_now_and_then_everywhere():
    share = Share(range(0, 64, 2))
    assert share.next(10.0) == share.lanes
    share.tell({3, 4, 8})
    assert share.next(10.1) == {4, 8}
    assert share.next(10.1) == set()
    share.tell({4})
    assert share.next(10.0 + ALL_LANES_S) == share.lanes
    share.tell(None)
    assert share.next(10.3) == share.lanes


def test_a_lane_that_gave_much_is_looked_at_again(account, clock):
    share = Share(range(64))
    share.next(10.0)
    rows = [inbox.Pending(n, account.id, n % 2 * 5, b"", clock.now(), 0, "r") for n in range(17)]
    share.done(rows[:9], 10.0)
    assert share.next(10.1) == set()
    share.done(rows, 10.1)
    assert share.next(10.1) == {0, 5}


async def test_events_of_a_lane_nobody_was_told_of_are_found_all_the_same(
    db, account, clock, workers_with
):
    """Another process stored them."""
    now = [100.0]
    workers = workers_with(None, time=lambda: now[0])
    share = workers.shares[0]
    assert not await workers.step(share)
    far = [event(account, clock, f"far{n}", text="hello") for n in range(3)]
    lane = share.lanes[1]
    await inbox.append(db.screens, [msgspec.structs.replace(one, lane=lane) for one in far])
    workers.wake({share.lanes[0]})
    assert not await workers.step(share)
    now[0] += ALL_LANES_S
    while await workers.step(share):
        now[0] += ALL_LANES_S
    assert await db.screens.fetchval("SELECT count(*) FROM message") == 3


async def test_the_few_second_words_in_a_large_block_begin_the_next_one(
    db, account, clock, workers_with
):
    # No time passes: not by the look into all lanes, which comes five times a second, are they found.
    workers = workers_with(none_asked, time=lambda: 100.0)
    first = [event(account, clock, f"c{n}", text="first") for n in range(MANY)]
    # A lane that gave much is looked into anyway; here each gives little.
    spread = [msgspec.structs.replace(one, lane=n % inbox.LANES) for n, one in enumerate(first)]
    await inbox.append(db.screens, spread)
    again = [
        event(account, clock, f"{name}", mid=f"{name}-2", text="second") for name in ("c0", "c1")
    ]
    keys = [inbox.hash_of(f"second {n}") for n in range(2)]
    again = [
        msgspec.structs.replace(one, lane=n, key_hash=key, order=account.id.bytes + key)
        for n, (one, key) in enumerate(zip(again, keys, strict=True))
    ]
    await inbox.append(db.screens, again)
    share = Share(range(inbox.LANES))
    assert await workers.step(share) == MANY + 2
    assert await db.screens.fetchval("SELECT count(*) FROM inbox WHERE state = 0") == 2
    assert await workers.step(share) == 2
    said = await db.screens.fetch(
        "SELECT m.text FROM message m JOIN channel_identity i USING (account_id)"
        " WHERE i.external_id = m.sender_external_id AND i.external_id IN ('c0', 'c1') ORDER BY i.external_id, m.seq"
    )
    assert [row["text"] for row in said] == ["first", "second", "first", "second"]
    assert not await db.screens.fetchval("SELECT count(*) FROM inbox WHERE state = 0")


async def test_what_known_customers_say_is_acknowledged_with_it(db, account, clock, workers):
    for n in range(2):
        key = inbox.hash_of(f"hello {n}")
        said = event(account, clock, "mei", mid=f"m-{n}", text=f"hello {n}")
        said = msgspec.structs.replace(said, key_hash=key, order=account.id.bytes + key)
        await inbox.append(db.screens, [said])
        await work(workers)
    rows = await db.screens.fetch("SELECT state, tries FROM inbox")
    assert [tuple(row) for row in rows] == [(1, 0), (1, 0)]
    told = await db.screens.fetch("SELECT detail FROM feed WHERE kind = 'message' ORDER BY id")
    messages = await db.screens.fetch("SELECT id, text FROM message ORDER BY seq")
    assert [row["text"] for row in messages] == ["hello 0", "hello 1"]
    assert [row["detail"]["message"] for row in told] == [str(row["id"]) for row in messages]
