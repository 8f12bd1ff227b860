"""A reader of the feed takes every event once, in order, whatever else happens; and it writes only where it must."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from random import Random

import pytest

from conversations import rollups as chats
from conversations.search_index import READER as SEARCH
from coupons import rollups as coupons
from runtime.follower import KEEP_PLACE, PASS_OVER, Reader
from runtime.ids import uuid7
from runtime.live import Change, publish
from tests.feed import all_visible

READER = Reader("search_cursor", "test", lock=42, events=10, kinds=("message",))
PLACE = "SELECT xid, feed_id FROM search_cursor WHERE name = 'test'"


async def tell(db, clock, *kinds):
    """Publish a change of each kind in one transaction; returns their subjects."""
    changes = [Change(uuid7(), kind, uuid7()) for kind in kinds]
    async with db.transaction() as tx:
        await publish(tx, changes, clock.now())
    return [change.subject for change in changes]


@pytest.fixture
async def place(db, clock):
    """Return the reader's place, which is the feed's beginning at first."""
    async with db.transaction() as tx:
        await READER.keep(tx, (0, 0), clock.now())

    async def look():
        return tuple(await db.screens.fetchrow(PLACE))

    return look


def taker(seen, reader=READER):
    async def take(tx, step):
        seen.extend(event.change.subject for event in await reader.read(tx, step))

    return take


async def follow(db, clock, seen):
    """Follow to the end."""
    await all_visible(db)
    while (await READER.follow(db, clock.now(), taker(seen))).more:
        continue


@pytest.mark.parametrize(("publishes", "waits"), [(True, "on"), (False, "off")])
async def test_a_reader_that_publishes_waits_for_the_disk(db, clock, place, publishes, waits):
    reader = Reader("search_cursor", "test", 42, 10, kinds=("message",), publishes=publishes)
    await tell(db, clock, "message")
    await all_visible(db)
    told = []

    async def take(tx, step):
        events = len(await reader.read(tx, step))
        told.extend([events, await tx.fetchval("SHOW synchronous_commit")])

    done = await reader.follow(db, clock.now(), take)
    assert done is not None
    assert told == [1, waits]


def test_the_figures_publish_and_search_does_not():
    assert [one.publishes for one in (chats.READER, coupons.READER, SEARCH)] == [True, True, False]


async def test_a_backlog_is_taken_in_steps_each_event_once_and_in_order(db, clock, place):
    written, seen = [], []
    for _ in range(9):
        written += await tell(db, clock, *["message"] * 4)
    await follow(db, clock, seen)
    assert seen == written
    await follow(db, clock, seen)
    assert seen == written


async def test_what_is_none_of_a_readers_is_passed_over_and_costs_it_no_transaction(
    db, clock, place
):
    await tell(db, clock, *["claim"] * 7)
    await all_visible(db)
    done = await READER.follow(db, clock.now(), taker([]))
    assert (done.events, done.more) == (7, False)
    assert await place() == (0, 0)
    [mine] = await tell(db, clock, "message")
    seen = []
    await follow(db, clock, seen)
    assert seen == [mine]
    assert await place() != (0, 0)


async def test_the_place_moves_past_much_that_is_not_wanted_and_finds_what_is_behind_it(
    db, clock, place
):
    await tell(db, clock, *["claim"] * 23)
    [mine] = await tell(db, clock, "message")
    await all_visible(db)
    seen = []
    done = await READER.follow(db, clock.now(), taker(seen))
    assert (done.events, done.more, seen) == (10, True, [])
    assert await place() > (0, 0)
    await follow(db, clock, seen)
    assert seen == [mine]
    assert SEARCH.events <= PASS_OVER


async def test_the_place_moves_now_and_then_though_nothing_wanted_comes(db, clock, place):
    await tell(db, clock, "claim")
    clock.advance(KEEP_PLACE + timedelta(seconds=1))
    await follow(db, clock, [])
    assert await place() > (0, 0)


async def test_what_was_begun_early_and_committed_late_is_taken_in_its_turn(db, clock, place):
    seen = []
    async with db.transaction() as slow:
        late = Change(uuid7(), "message", uuid7())
        await publish(slow, [late], clock.now())
        early = await tell(db, clock, "message", "message")
        assert not (await READER.follow(db, clock.now(), taker(seen))).events
        assert seen == []
    await follow(db, clock, seen)
    assert seen == [late.subject, *early]


async def test_a_round_cut_off_midway_takes_its_step_again(db, clock, place):
    written = await tell(db, clock, *["message"] * 3)
    await all_visible(db)
    before, seen = await place(), []

    async def killed(tx, step):
        await taker([])(tx, step)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        await READER.follow(db, clock.now(), killed)
    assert await place() == before
    await follow(db, clock, seen)
    assert seen == written


async def test_while_one_process_is_at_it_the_others_do_nothing(db, clock, place):
    written, seen, other = await tell(db, clock, *["message"] * 3), [], []
    await all_visible(db)

    async def slowly(tx, step):
        await taker(seen)(tx, step)
        assert (await READER.follow(db, clock.now(), taker(other))).events == 0

    await READER.follow(db, clock.now(), slowly)
    assert (seen, other) == (written, [])


async def write_some(db, clock, rng):
    """Publish in transactions that overlap with those of other writers."""
    for _ in range(12):
        kinds = [rng.choice(["message", "claim", "tag"]) for _ in range(rng.randrange(1, 6))]
        async with db.transaction() as tx:
            for kind in kinds:
                await publish(tx, [Change(uuid7(), kind, uuid7())], clock.now())


async def follow_and_fail(db, clock, rng, stop):
    """Follow until told to stop; what is taken is noted where each stands once, and many a round is cut off."""

    async def take(tx, step):
        seen = []
        await taker(seen)(tx, step)
        names = [(str(subject)[-20:], clock.now()) for subject in seen]
        await tx.executemany("INSERT INTO search_cursor VALUES ($1, 0, 0, $2)", names)
        if rng.random() < 0.3 and not stop.is_set():
            raise RuntimeError("killed")

    more = True
    while more or not stop.is_set():
        with contextlib.suppress(RuntimeError):
            more = (await READER.follow(db, clock.now(), take)).more
    await all_visible(db)
    await READER.follow(db, clock.now(), take)


@pytest.mark.parametrize("seed", range(4))
async def test_among_writers_kills_and_rivals_each_event_is_taken_once(db, clock, place, seed):
    rng, stop = Random(seed), asyncio.Event()  # noqa: S311 (no secret)
    followers = [asyncio.ensure_future(follow_and_fail(db, clock, rng, stop)) for _ in range(2)]
    await asyncio.gather(*(write_some(db, clock, rng) for _ in range(3)))
    stop.set()
    await asyncio.gather(*followers)
    await follow_and_fail(db, clock, rng, stop)
    told = await db.screens.fetch("SELECT subject FROM feed WHERE kind = 'message'")
    taken = await db.screens.fetch("SELECT name FROM search_cursor WHERE name <> 'test'")
    assert sorted(row["name"] for row in taken) == sorted(str(r["subject"])[-20:] for r in told)
