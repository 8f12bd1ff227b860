"""Group commit: in time or not at all, only the offender pays, and no batch stands in another's way."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager

import asyncpg
import pytest

from conversations import inbox
from gateway.intake import ENOUGH, Intake, NotDurable, connector
from gateway.metrics import Metrics
from runtime.ids import uuid7
from tests.channels.harness import samples

ACCOUNT = uuid7()
SLOW = """
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(0.002); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION slow();
"""


def event(clock, key, request_id="req"):
    hashed = inbox.hash_of(key)
    return inbox.NewEvent(
        ACCOUNT, hashed, 1, key.encode(), clock.now(), request_id, ACCOUNT.bytes + hashed
    )


@asynccontextmanager
async def intake_on(connect, **options):
    metrics = Metrics()
    intake = Intake(connect, metrics, **options)
    intake.start()
    try:
        yield intake, metrics
    finally:
        await intake.stop()


def count(metrics, name, outcome):
    return metrics.registry.get_sample_value(f"tessera_{name}_total", {"outcome": outcome}) or 0


async def rows(db):
    return await db.screens.fetchval("SELECT count(*) FROM inbox")


async def test_what_gathered_is_stored_together(db, dsn, clock):
    async with intake_on(connector(dsn)) as (intake, metrics):
        await asyncio.gather(*(intake.submit([event(clock, f"k{n}")]) for n in range(200)))
        assert await rows(db) == 200
        assert count(metrics, "intake_batches", "committed") < 20


async def test_after_a_batch_what_comes_gathers(db, dsn, clock):
    async with intake_on(connector(dsn), gather_s=0.5) as (intake, metrics):

        async def one(number):
            await intake.submit([event(clock, f"k{number}")])
            return count(metrics, "intake_batches", "committed")

        assert await one(0) == 1
        # Both writers are free, and yet what comes in turns is one batch.
        first = asyncio.ensure_future(one(1))
        await asyncio.sleep(0)
        assert await asyncio.gather(first, one(2), one(3)) == [2, 2, 2]


async def test_enough_calls_wait_for_no_more(db, dsn, clock):
    """Fewer would gather for an hour here: whoever has all their calls open with us has no other to send."""
    async with intake_on(connector(dsn), gather_s=3600) as (intake, metrics):
        await intake.submit([event(clock, "first")])
        for turn in range(1, 4):
            calls = [intake.submit([event(clock, f"{turn}.{n}")]) for n in range(ENOUGH - 1)]
            for _ in range(5):
                await asyncio.sleep(0)
            assert intake._gathers
            assert count(metrics, "intake_batches", "committed") == turn
            await asyncio.gather(*calls, intake.submit([event(clock, f"{turn} and enough")]))
            assert count(metrics, "intake_batches", "committed") == 1 + turn


async def test_what_gathers_while_the_intake_stops_is_stored(db, dsn, clock):
    """The writer that was free ends, too: nobody is left for the grace to run out on."""
    async with intake_on(connector(dsn), gather_s=0.5) as (intake, _):
        await intake.submit([event(clock, "first")])
        late = [intake.submit([event(clock, "second")])]
        await asyncio.sleep(0)
        late.append(intake.submit([event(clock, "third")]))
        await asyncio.sleep(0)
        assert intake._gathers
        async with asyncio.timeout(60):
            await intake.stop(grace_s=3600)
    await asyncio.gather(*late)
    assert await rows(db) == 3


async def test_duplicates_inside_a_batch_and_later_store_nothing(db, dsn, clock):
    async with intake_on(connector(dsn)) as (intake, metrics):
        for _ in range(2):
            await asyncio.gather(*(intake.submit([event(clock, f"k{n % 5}")]) for n in range(50)))
        assert await rows(db) == 5
        assert count(metrics, "inbox_rows", "stored") == 5
        assert count(metrics, "inbox_rows", "duplicate") == 95


async def test_a_row_at_fault_fails_its_own_call_only(db, dsn, clock):
    async with intake_on(connector(dsn)) as (intake, metrics):
        bad = intake.submit([event(clock, "bad", request_id="no\0"), event(clock, "its neighbour")])
        good = [intake.submit([event(clock, f"k{n}")]) for n in range(20)]
        await asyncio.gather(*good)
        with pytest.raises(NotDurable):
            await bad
        assert await rows(db) == 21
        assert count(metrics, "intake_batches", "split") == 1
        await intake.submit([event(clock, "later")])


async def test_a_call_given_up_is_not_waited_for(db, dsn, clock):
    async def never():
        await asyncio.Event().wait()

    async with intake_on(never, patience_s=0.05) as (intake, _):
        with pytest.raises(NotDurable):
            await intake.submit([event(clock, "a")])
        intake._tasks.stopping.set()
        for task in list(intake._tasks._tasks):
            task.cancel()
    assert await rows(db) == 0


async def test_after_an_outage_it_goes_on(db, dsn, clock):
    tries = []

    async def flaky():
        tries.append(1)
        if len(tries) < 3:
            raise OSError("no route")
        return await connector(dsn)()

    async with intake_on(flaky) as (intake, metrics):
        await intake.submit([event(clock, "a")])
        assert await rows(db) == 1
        assert count(metrics, "intake_batches", "lost") == 2


async def test_a_connection_cut_off_costs_nothing(db, dsn, clock):
    async with intake_on(connector(dsn)) as (intake, _):
        for round_number in range(3):
            await asyncio.gather(
                *(intake.submit([event(clock, f"{round_number}-{n}")]) for n in range(20))
            )
            await db.screens.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'tessera intake' AND datname = current_database()"
            )
        await intake.submit([event(clock, "last")])
        assert await rows(db) == 61


async def test_stopping_stores_what_is_queued(db, dsn, clock):
    async with intake_on(connector(dsn)) as (intake, _):
        await intake.submit([event(clock, "first")])
        waiting = [intake.submit([event(clock, f"k{n}")]) for n in range(50)]
    await asyncio.gather(*waiting)
    assert await rows(db) == 51


async def test_two_processes_with_redeliveries_in_any_order_do_not_meet_in_a_deadlock(
    db, dsn, clock
):
    await db.screens.execute(SLOW)
    order = random.Random(7)  # noqa: S311 (a shuffle)
    keys = [f"k{n}" for n in range(40)]
    async with intake_on(connector(dsn)) as (one, told), intake_on(connector(dsn)) as (two, too):
        for round_number in range(4):
            calls = []
            for intake in (one, two):
                shuffled = order.sample(keys, len(keys))
                calls.append(intake.submit([event(clock, f"{round_number}{k}") for k in shuffled]))
            await asyncio.gather(*calls)
        assert await rows(db) == 160
        for metrics in (told, too):
            assert count(metrics, "intake_batches", "retried") == 0
            assert count(metrics, "intake_batches", "split") == 0


async def test_unsorted_they_would(db, dsn, clock):
    await db.screens.execute(SLOW)
    events = [event(clock, f"k{n}") for n in range(40)]
    async with db.screens.acquire() as one, db.screens.acquire() as two:
        outcomes = await asyncio.gather(
            inbox.write(one, events),
            inbox.write(two, events[::-1]),
            return_exceptions=True,
        )
    assert any(isinstance(outcome, asyncpg.DeadlockDetectedError) for outcome in outcomes)


async def test_without_a_database_the_platform_is_asked_to_come_again(gate, monkeypatch):
    account = await gate.account("line")
    await gate.book.refresh()

    async def away():
        raise OSError("the database is away")

    await gate.close()
    await gate.open(Intake(away, gate.metrics, patience_s=0.05))
    status, headers, _ = await gate.post(account, samples("line").text_body("hi"))
    assert (status, headers["Retry-After"]) == (503, "2")
    assert gate.count("tessera_intake_events_total", channel="line", outcome="not_durable") == 1


async def test_an_account_nobody_can_look_up_is_not_said_to_be_missing(gate):
    await gate.db.screens.close()
    assert (await gate.send("POST", "/webhooks/line/demo", data=b"{}"))[0] == 503
