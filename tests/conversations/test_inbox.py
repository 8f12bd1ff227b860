"""The inbox: append by batch, lanes, acknowledge, put off, set aside, keep and empty."""

from __future__ import annotations

from datetime import timedelta

import asyncpg
import pytest

from conversations import inbox
from conversations.lane_marks import RESCAN_S, SETTLE_S, LaneMarks
from runtime.ids import uuid7

ACCOUNT = uuid7()
ALL = dict.fromkeys(range(inbox.LANES), 0)


def event(clock, key, *, contact="ann", payload=b"{}", account=ACCOUNT):
    hashed = inbox.hash_of(key)
    lane = inbox.lane_of(account.bytes, contact)
    return inbox.NewEvent(
        account, hashed, lane, payload, clock.now(), "req-1", account.bytes + hashed
    )


async def store(db, *events):
    async with db.screens.acquire() as connection:
        return await inbox.append(connection, events)


async def take(db, clock, lanes=ALL, limit=128):
    async with db.transaction(db.lanes) as tx:
        held = await inbox.claim_lanes(tx, lanes, clock.now())
        return await inbox.pending(tx, {lane: lanes[lane] for lane in held}, clock.now(), limit)


async def test_an_event_is_stored_with_its_raw_bytes(db, clock):
    raw = b'{"text":"\x00\\ud83d caf\xe9"}'
    assert await store(db, event(clock, "a", payload=raw)) == 1
    [found] = await take(db, clock)
    assert (found.payload, found.account_id, found.tries) == (raw, ACCOUNT, 0)
    assert (found.received_at, found.request_id) == (clock.now(), "req-1")


async def test_a_known_key_stores_nothing_again(db, clock):
    assert await store(db, event(clock, "a"), event(clock, "b"), event(clock, "a")) == 2
    assert await store(db, event(clock, "b"), event(clock, "c")) == 1
    assert await db.screens.fetchval("SELECT count(*) FROM inbox") == 3


async def test_the_same_key_of_another_account_is_another_event(db, clock):
    assert await store(db, event(clock, "a"), event(clock, "a", account=uuid7())) == 2


async def test_a_key_that_is_no_proper_text_is_hashed_all_the_same(db, clock):
    assert await store(db, event(clock, "\ud83d", contact="\ud83d")) == 1


async def test_events_of_one_contact_share_a_lane(clock):
    assert event(clock, "a").lane == event(clock, "b").lane
    lanes = {event(clock, "a", contact=f"c{n}").lane for n in range(1000)}
    assert lanes == set(range(64))


async def test_events_come_in_the_order_they_were_stored(db, clock):
    for n in range(20):
        await store(db, event(clock, f"k{n}", contact=f"c{n}", payload=b"%d" % n))
    found = await take(db, clock)
    assert [int(item.payload) for item in found] == list(range(20))
    assert [int(item.payload) for item in await take(db, clock, limit=8)] == list(range(8))


async def test_a_lane_is_held_by_one_worker_at_a_time(db, clock):
    """Lesson 2: a picture and the next words of one customer never make two conversations."""
    await store(db, event(clock, "a", contact="ann"), event(clock, "b", contact="bob"))
    async with db.transaction(db.lanes) as tx:
        first = await inbox.claim_lanes(tx, {event(clock, "a", contact="ann").lane: 0}, clock.now())
        assert len(first) == 1
        assert [item.lane for item in await take(db, clock)] == [
            event(clock, "b", contact="bob").lane
        ]
    assert len(await take(db, clock)) == 2


async def test_lanes_without_work_are_not_locked(db, clock):
    await store(db, event(clock, "a"))
    async with db.transaction(db.lanes) as tx:
        assert await inbox.claim_lanes(tx, ALL, clock.now()) == [event(clock, "a").lane]


async def test_an_acknowledged_event_does_not_come_back(db, clock):
    await store(db, event(clock, "a"), event(clock, "b"))
    [first, second] = await take(db, clock)
    async with db.transaction() as tx:
        await inbox.acknowledge(tx, [first.id])
    assert [item.id for item in await take(db, clock)] == [second.id]


async def test_a_failed_event_waits_for_its_next_try(db, clock):
    await store(db, event(clock, "a"))
    [found] = await take(db, clock)
    async with db.transaction() as tx:
        await inbox.fail(
            tx, found.id, "bad\0 \ud83d", 1, next_try_at=clock.now() + timedelta(seconds=5)
        )
    assert await take(db, clock) == []
    clock.advance(timedelta(seconds=5))
    [again] = await take(db, clock)
    assert again.tries == 1


async def test_an_event_set_aside_comes_back_only_when_asked_for(db, clock):
    await store(db, event(clock, "a"), event(clock, "b"))
    for found in await take(db, clock):
        async with db.transaction() as tx:
            await inbox.fail(tx, found.id, "no", 5, next_try_at=None)
    clock.advance(timedelta(days=1))
    assert await take(db, clock) == []
    [first, second] = await db.screens.fetch("SELECT id FROM inbox WHERE state = 2 ORDER BY id")
    assert await inbox.retry_failed(db.screens, [first["id"]]) == 1
    assert [item.id for item in await take(db, clock)] == [first["id"]]
    assert await inbox.retry_failed(db.screens) == 1
    assert [item.tries for item in await take(db, clock)] == [0, 0]
    assert second["id"] in {item.id for item in await take(db, clock)}


async def test_lag_is_the_age_of_the_oldest_untried_event(db, clock):
    assert await inbox.lag(db.screens, clock.now()) == 0
    await store(db, event(clock, "a"))
    clock.advance(timedelta(seconds=3))
    await store(db, event(clock, "b"))
    assert await inbox.lag(db.screens, clock.now()) == 3
    async with db.transaction() as tx:
        await inbox.acknowledge(tx, [item.id for item in await take(db, clock)])
    assert await inbox.lag(db.screens, clock.now()) == 0


async def test_payloads_go_after_a_week_and_keys_after_a_month(db, clock, monkeypatch):
    monkeypatch.setattr(inbox, "STEP", 2)
    await store(db, *(event(clock, f"k{n}") for n in range(5)))
    done = await take(db, clock)
    async with db.transaction() as tx:
        await inbox.fail(tx, done[0].id, "no", 5, None)
        await inbox.acknowledge(tx, [item.id for item in done[1:]])
    sizes = "SELECT coalesce(sum(octet_length(payload)), 0), count(*) FROM inbox"
    clock.advance(timedelta(days=6))
    since = await inbox.tidy(db.screens, clock.now())
    assert tuple(await db.screens.fetchrow(sizes)) == (10, 5)
    clock.advance(timedelta(days=2))
    await inbox.tidy(db.screens, clock.now(), since)
    assert tuple(await db.screens.fetchrow(sizes)) == (2, 5)
    assert await store(db, event(clock, "k3")) == 0
    clock.advance(timedelta(days=23))
    await inbox.tidy(db.screens, clock.now())
    assert tuple(await db.screens.fetchrow(sizes)) == (2, 1)


async def test_a_row_the_database_refuses_fails_the_whole_batch(db, clock):
    with pytest.raises(asyncpg.DataError):
        async with db.screens.acquire() as connection:
            await inbox.write(
                connection,
                [
                    event(clock, "a"),
                    inbox.NewEvent(ACCOUNT, b"k", 1, b"", clock.now(), "\0", b"k"),
                ],
            )
    assert await take(db, clock) == []


async def test_an_event_committed_late_under_a_lower_id_is_read_all_the_same(db, clock):
    marks = LaneMarks()
    lane = event(clock, "a").lane
    async with db.screens.acquire() as slow:
        late = slow.transaction()
        await late.start()
        await inbox.append(slow, [event(clock, "late")])
        await store(db, event(clock, "early"))
        [early] = await take(db, clock, marks.positions([lane], 0.0))
        marks.done([early], 0.0)
        async with db.transaction() as tx:
            await inbox.acknowledge(tx, [early.id])
        await late.commit()
    [found] = await take(db, clock, marks.positions([lane], 0.1))
    assert found.id < early.id


def test_a_lane_is_read_on_from_what_is_settled_and_now_and_then_anew(clock):
    marks = LaneMarks()
    seen = inbox.Pending(7, ACCOUNT, 3, b"", clock.now(), 0, "")
    assert marks.positions([3], 0.0) == {3: 0}
    marks.done([seen], 0.1)
    marks.done([], SETTLE_S)
    assert marks.positions([3], SETTLE_S) == {3: 0}
    marks.done([], 2 * SETTLE_S)
    assert marks.positions([3], SETTLE_S + 0.1) == {3: 7}
    assert marks.positions([3], SETTLE_S + RESCAN_S) == {3: 0}
