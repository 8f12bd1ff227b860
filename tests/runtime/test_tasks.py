"""Background loops start in an empty context, start again after a failure, and end when told."""

from __future__ import annotations

import asyncio
import contextvars
from itertools import count

import pytest
from structlog.testing import capture_logs

from runtime.tasks import HEALTHY_S, Supervisor

SEEN: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="nothing")


async def test_a_loop_does_not_inherit_its_starters_context():
    supervisor, found = Supervisor(), asyncio.get_running_loop().create_future()

    async def loop():
        found.set_result(SEEN.get())

    SEEN.set("a caller's transaction")
    supervisor.start("loop", loop)
    assert await found == "nothing"
    await supervisor.stop(1)


async def test_a_loop_that_fails_is_started_again():
    supervisor, twice = Supervisor(), asyncio.Event()
    runs = []

    async def loop():
        runs.append(1)
        if len(runs) == 1:
            raise RuntimeError("once")
        twice.set()
        await supervisor.stopping.wait()

    supervisor.start("loop", loop)
    async with asyncio.timeout(60):
        await twice.wait()
    await supervisor.stop(1)
    assert supervisor.failures == {"loop": 1}


@pytest.mark.parametrize(
    ("elapsed", "pauses"),
    [(count(step=HEALTHY_S), [0.1, 0.1, 0.1]), (count(step=1.0), [0.1, 0.5])],
    ids=["a long run", "a short run"],
)
async def test_a_long_run_makes_up_for_earlier_failures(elapsed, pauses):
    supervisor, enough = Supervisor(lambda: next(elapsed)), asyncio.Event()
    runs = []

    async def loop():
        runs.append(1)
        if len(runs) <= len(pauses):
            raise RuntimeError("once more")
        enough.set()

    with capture_logs() as said:
        supervisor.start("loop", loop)
        async with asyncio.timeout(60):
            await enough.wait()
    assert [line["again_s"] for line in said] == pauses
    await supervisor.stop(1)


async def test_a_loop_that_does_not_end_is_cancelled():
    supervisor, ended = Supervisor(), []

    async def stubborn():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    supervisor.start("stubborn", stubborn)
    await asyncio.sleep(0)
    await supervisor.stop(0.01)
    assert ended == [1]


async def test_a_loop_that_waits_for_an_event_is_woken_to_end_by_itself():
    supervisor, event, ended = Supervisor(), asyncio.Event(), []

    async def waiting():
        await event.wait()
        ended.append(supervisor.stopping.is_set())

    supervisor.wakes(event)
    supervisor.start("waiting", waiting)
    await asyncio.sleep(0)
    await supervisor.stop(60)
    assert ended == [True]


async def test_what_repeats_goes_on_at_once_while_more_waits_and_rests_afterwards():
    supervisor, done = Supervisor(), asyncio.Event()
    left = [False, True, True]

    async def work():
        more = left.pop()
        if not more:
            done.set()
        return more

    supervisor.repeat("work", work, pause_s=3600)
    async with asyncio.timeout(60):
        await done.wait()
    await supervisor.stop(60)
    assert (left, supervisor.failures) == ([], {})
