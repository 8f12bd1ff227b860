"""One question four times a second finds what nobody told of, and costs nothing more while there is nothing."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import pytest

from conversations import outbox
from gateway.lookout import SLOW, Lookout
from gateway.starting import ACCOUNTS
from runtime.live import LiveFeed
from runtime.tasks import Supervisor

LEASE = timedelta(seconds=20)


@pytest.fixture
def lookout(shop):
    """A lookout over the shop's accounts that looks only when told."""
    queues = {queue: asyncio.Event() for queue in outbox.QUEUES}
    return Lookout(shop.db, shop.clock, Supervisor(), lambda: list(shop.accounts), queues)


async def seen(lookout):
    """Look once; what it woke, by name."""
    events = {**lookout.queues, "unsettled": lookout.unsettled, "slow": lookout.slow}
    for event in events.values():
        event.clear()
    await lookout.look()
    return {name for name, event in events.items() if event.is_set()}


async def test_only_the_queue_with_something_due_is_woken(shop, lookout):
    first = await shop.account("line")
    second = await shop.account("messenger")
    assert await seen(lookout) == set()
    await shop.say(await shop.conversation(second), "news", queue="broadcast")
    assert await seen(lookout) == {"broadcast"}
    await shop.say(await shop.conversation(first), "answer", queue="agent")
    assert await seen(lookout) == {"broadcast", "agent"}


async def test_a_retry_is_found_at_its_time_and_not_before(shop, lookout):
    await shop.say(await shop.conversation(await shop.account("line")), "again")
    later = shop.clock.now() + timedelta(seconds=30)
    await shop.db.screens.execute("UPDATE outbox SET not_before = $1", later)
    await shop.pass_time(29.9)
    assert await seen(lookout) == set()
    await shop.pass_time(0.1)
    assert await seen(lookout) == {"bot"}


async def test_a_call_under_way_is_slow_after_a_second_and_unsettled_after_its_lease(shop, lookout):
    await shop.say(await shop.conversation(await shop.account("line")), "hello")
    await shop.db.screens.execute(
        "UPDATE outbox SET state = 1, attempted_at = $1, lease_until = clock_timestamp() + $2::interval",
        *(shop.clock.now(), LEASE),
    )
    assert await seen(lookout) == set()
    shop.clock.advance(SLOW)
    assert await seen(lookout) == set()
    await shop.pass_time(0.1)
    assert await seen(lookout) == {"slow"}
    await shop.end_leases()
    assert await seen(lookout) == {"slow", "unsettled"}


async def test_an_unknown_outcome_is_asked_for_again_at_its_time(shop, lookout):
    await shop.say(await shop.conversation(await shop.account("messenger")), "hello")
    later = shop.clock.now() + timedelta(seconds=30)
    await shop.db.screens.execute(
        "UPDATE outbox SET state = 2, lease_until = NULL, not_before = $1", later
    )
    assert await seen(lookout) == set()
    await shop.pass_time(30)
    assert await seen(lookout) == {"unsettled"}


class Statements:
    """What is asked on the connections of a pool from now on."""

    def __init__(self):
        self.asked = []
        self.more = asyncio.Event()

    async def watch(self, pool):
        held = [await pool.acquire() for _ in range(pool.get_max_size())]
        for connection in held:
            connection.add_query_logger(self.note)
        for connection in held:
            await pool.release(connection)

    async def unwatch(self, pool):
        held = [await pool.acquire() for _ in range(pool.get_max_size())]
        for connection in held:
            connection.remove_query_logger(self.note)
        for connection in held:
            await pool.release(connection)

    def note(self, record):
        self.asked.append(record.query)
        self.more.set()

    async def until(self, count, query):
        """Wait until `query` has been asked `count` times."""
        async with asyncio.timeout(60):
            while self.asked.count(query) < count:
                self.more.clear()
                await self.more.wait()


@pytest.fixture
async def statements(shop):
    """The statements of whoever sends."""
    watched = Statements()
    await watched.watch(shop.db.sends)
    yield watched
    await watched.unwatch(shop.db.sends)


async def test_while_nothing_is_due_nothing_but_the_question_is_asked(
    shop, deliver, statements, monkeypatch
):
    monkeypatch.setattr("gateway.lookout.POLL_S", 0.01)
    await shop.account("line")
    await deliver()
    await statements.until(2, outbox.LOOK)
    await statements.until(len(outbox.QUEUES), outbox.POP)
    await statements.until(len(outbox.QUEUES), "COMMIT;")
    begun = len(statements.asked)
    await statements.until(20, outbox.LOOK)
    # On a slow machine it is a second by now, after which a connection drops its plans.
    assert set(statements.asked[begun:]) <= {outbox.LOOK, ACCOUNTS, "DISCARD PLANS"}


async def test_what_was_posted_without_a_word_is_sent_by_the_next_look(
    shop, platform, deliver, statements
):
    """A process that dies between its commit and its notice costs a quarter of a second at most."""
    conversation = await shop.conversation(await shop.account("line"))
    await deliver()
    await statements.until(2, outbox.LOOK)
    await shop.say(conversation, "hello")
    await shop.until("sent")
    assert platform.said == ["hello"]


async def test_what_another_process_posts_is_looked_for_at_once(
    shop, platform, deliver, statements, monkeypatch
):
    monkeypatch.setattr("gateway.lookout.POLL_S", 3600)
    conversation = await shop.conversation(await shop.account("line"))
    deliverer = await deliver()
    deliverer.listen()
    await deliverer.live.start()
    await statements.until(len(outbox.QUEUES), outbox.POP)
    await shop.say(conversation, "hello")
    await told_by_another(shop, lambda: bool(platform.said))
    await shop.until("sent")
    assert platform.said == ["hello"]


async def told_by_another(shop, reached):
    """Let another process tell of a commit until it was heard: at first nobody may listen yet."""
    supervisor = Supervisor()
    elsewhere = LiveFeed(shop.db.dsn, shop.db.screens, supervisor)
    await elsewhere.start()
    async with asyncio.timeout(60):
        while not reached():
            elsewhere.committed()
            shop.told.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await shop.told.wait()
    await supervisor.stop(1)
