"""The live feed in commit order."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from runtime.ids import uuid7
from runtime.live import HEAD, Change, Event, LiveFeed, from_text, publish, read, teller, to_text
from runtime.subscription import BACKLOG, Batch, Follower, Reset
from runtime.tasks import Supervisor
from tests.feed import all_visible


@pytest.fixture
async def feed(db, dsn):
    supervisor = Supervisor()
    live = LiveFeed(dsn, db.screens, supervisor)
    await live.start()
    yield live
    await supervisor.stop(1)


async def take(follower, count):
    events = []
    async with asyncio.timeout(60):
        while len(events) < count:
            events += await follower.take()
    return [event.change.kind for event in events]


async def test_a_change_committed_late_by_an_early_transaction_is_not_passed_over(db, feed, clock):
    space, subject = uuid7(), uuid7()
    async with feed.follow() as follower, db.screens.acquire() as slow:
        early = slow.transaction()
        await early.start()
        await publish(slow, [Change(space, "early", subject)], clock.now())
        async with db.transaction() as tx:
            await publish(tx, [Change(space, "late", subject)], clock.now())
        feed.committed()
        await early.commit()
        feed.committed()
        assert await take(follower, 2) == ["early", "late"]


async def test_a_follower_resumes_after_the_last_event_it_saw(db, feed, clock):
    space, subject = uuid7(), uuid7()
    async with feed.follow() as follower:
        for kind in ("one", "two"):
            async with db.transaction() as tx:
                await publish(tx, [Change(space, kind, subject)], clock.now())
        feed.committed()
        assert await take(follower, 2) == ["one", "two"]
        cursor = from_text(to_text(follower.cursor))
    async with db.transaction() as tx:
        await publish(tx, [Change(space, "three", subject)], clock.now())
    async with feed.follow(cursor) as again:
        feed.committed()
        assert await take(again, 1) == ["three"]


async def test_a_change_of_another_process_arrives(db, dsn, feed, clock):
    other = Supervisor()
    elsewhere = LiveFeed(dsn, db.screens, other)
    await elsewhere.start()
    async with feed.follow() as follower:
        async with db.transaction() as tx:
            await publish(tx, [Change(uuid7(), "far", uuid7())], clock.now())
        elsewhere.committed()
        assert await take(follower, 1) == ["far"]
    await other.stop(1)


async def test_who_listens_may_take_what_others_tell_of_for_less(db, dsn, feed):
    """Others' commits name no topic: mostly they are about something else."""
    own, afar = asyncio.Event(), asyncio.Event()
    feed.listen(own.set, "sends", afar=afar.set)
    feed.nudge("else")
    assert (own.is_set(), afar.is_set()) == (False, False)
    feed.nudge("sends")
    assert (own.is_set(), afar.is_set()) == (True, False)
    own.clear()
    other = Supervisor()
    elsewhere = LiveFeed(dsn, db.screens, other)
    await elsewhere.start()
    async with asyncio.timeout(60):
        while not afar.is_set():  # at first it may not listen yet
            elsewhere.nudge("sends")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await afar.wait()
    assert not own.is_set()
    await other.stop(1)


async def test_a_cursor_older_than_the_kept_feed_asks_for_a_reload(db, feed, clock):
    for kind in ("one", "two"):
        async with db.transaction() as tx:
            await publish(tx, [Change(uuid7(), kind, uuid7())], clock.now())
    await db.screens.execute("DELETE FROM feed WHERE kind = 'one'")
    with pytest.raises(Reset):
        async with feed.follow((1, 0)):
            pass


@pytest.mark.parametrize("text", ["²-1", "1-²", "١-", "1-9999999999999999999", "-", "1"])
def test_a_place_that_is_none_is_no_place(text):
    assert from_text(text) is None


async def test_what_one_follower_made_of_a_batch_is_there_for_the_others(db, feed, clock):
    async with feed.follow() as one, feed.follow() as another:
        async with db.transaction() as tx:
            await publish(tx, [Change(uuid7(), "message", uuid7())], clock.now())
        feed.committed()
        async with asyncio.timeout(60):
            first = second = ()
            while not first:
                first = await one.batches()
            while not second:
                second = await another.batches()
        first[0].made["here"] = "made"
    assert second[0].made == {"here": "made"}


async def test_a_follower_that_knows_a_part_of_a_batch_gets_the_rest(db, feed, clock):
    """The others' batch stays as it is."""
    space, subject = uuid7(), uuid7()
    async with feed.follow() as all_of_it:
        for kind in ("one", "two", "three"):
            async with db.transaction() as tx:
                await publish(tx, [Change(space, kind, subject)], clock.now())
        feed.committed()
        assert await take(all_of_it, 3) == ["one", "two", "three"]
    events = await read(db.screens, (0, 0))
    batch, late = Batch(events), Follower(events[1].cursor)
    late.push(batch)
    assert await take(late, 1) == ["three"]
    assert batch.events == events


async def test_followers_are_woken_once_a_second_when_nothing_happens(feed):
    async with feed.follow() as one, feed.follow() as another, asyncio.timeout(60):
        assert not await one.batches()
        assert not await another.batches()


class Slow:
    """A pool whose answers to where the feed ends are held back."""

    def __init__(self, pool):
        self._pool = pool
        self.gates = []
        self.holds = False

    def __getattr__(self, name):
        return getattr(self._pool, name)

    async def fetchval(self, query, *values):
        found = await self._pool.fetchval(query, *values)
        if query == HEAD and self.holds:
            self.gates.append(asyncio.Event())
            await self.gates[-1].wait()
        return found

    async def held(self, count):
        async with asyncio.timeout(60):
            while len(self.gates) < count:  # noqa: ASYNC110 (nobody tells when one is asked)
                await asyncio.sleep(0)


async def test_two_who_begin_at_once_both_get_what_came_between(db, dsn, clock):
    """The second learns of a later end of the feed: the reader must not pass over what the first waits for."""
    supervisor, slow, space = Supervisor(), Slow(db.screens), uuid7()
    feed = LiveFeed(dsn, slow, supervisor)
    await feed.start()
    slow.holds = True
    async with contextlib.AsyncExitStack() as stack:
        first = asyncio.ensure_future(stack.enter_async_context(feed.follow()))
        await slow.held(1)
        for kind in ("between", "after"):
            async with db.transaction() as tx:
                await publish(tx, [Change(space, kind, uuid7())], clock.now())
            if kind == "between":
                await all_visible(db)
                second = asyncio.ensure_future(stack.enter_async_context(feed.follow()))
                await slow.held(2)
                slow.holds = False
                for gate, begins in zip(slow.gates, (first, second), strict=True):
                    gate.set()
                    await begins
        feed.committed()
        assert await take(first.result(), 2) == ["between", "after"]
    await supervisor.stop(1)


async def test_the_more_streams_there_are_the_longer_events_gather_within_reason(feed):
    async with contextlib.AsyncExitStack() as stack:
        gaps = [feed._gap_s()]
        for _ in range(3):
            for _ in range(200):
                await stack.enter_async_context(feed.follow())
            gaps.append(feed._gap_s())
    assert gaps == pytest.approx([0.01, 0.05, 0.09, 0.1])


def batch_of(*numbers):
    return Batch([Event((1, n), Change(uuid7(), "message", uuid7())) for n in numbers])


async def test_a_taker_is_offered_nothing_while_earlier_batches_wait():
    follower, taken, free = Follower((0, 0)), [], False

    def take(batch):
        taken.append(batch)
        return free

    first, second, third = batch_of(1), batch_of(2, 3), batch_of(4)
    follower.taker = take
    follower.push(first)
    free = True
    follower.push(second)
    assert (taken, await follower.batches()) == ([first], [first, second])
    follower.push(third)
    assert (taken, follower.cursor) == ([first, third], (1, 4))


async def test_a_follower_that_was_lost_is_lost_for_its_taker_too():
    follower, taken = Follower((0, 0)), []
    follower.push(batch_of(*range(1, BACKLOG + 2)))
    follower.taker = lambda batch: not taken.append(batch)
    follower.push(batch_of(BACKLOG + 2))
    with pytest.raises(Reset):
        await follower.batches()
    assert taken == []


async def test_who_tells_of_commits_does_not_hold_the_feed_back_until_a_disk_is_written(dsn):
    connection = await teller(dsn)
    try:
        query = "SELECT setting, source FROM pg_settings WHERE name = 'synchronous_commit'"
        # Of its own accord: the server of tests waits for no disk anyway.
        assert tuple(await connection.fetchrow(query)) == ("off", "client")
    finally:
        await connection.close()
