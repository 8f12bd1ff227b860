"""How what follows the feed rests: the busier the machine the longer, never for long, and never with a backlog left."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest

from gateway.keeper import GIVE_WAY_S, LONGEST_REST_S, LOOK_AGAIN_S, Keeper, rest_s
from runtime.live import LiveFeed
from runtime.tasks import Supervisor


@pytest.fixture
async def supervisor():
    made = Supervisor()
    yield made
    await made.stop(1)


@pytest.mark.parametrize("took_s", [0.0, 0.001, 0.02])
def test_with_little_to_do_the_rest_is_as_short_as_ever(took_s):
    assert rest_s(0.25, took_s, more=False) == 0.25


@pytest.mark.parametrize(("more", "share"), [(False, 1 / 9), (True, 1 / 4)])
@pytest.mark.parametrize("took_s", [0.05, 0.1, 0.24])
def test_under_load_a_follower_gets_its_share_of_the_time_and_more_when_behind(more, share, took_s):
    assert took_s / (took_s + rest_s(0.25, took_s, more=more)) == pytest.approx(share)


@pytest.mark.parametrize("more", [False, True])
@pytest.mark.parametrize("took_s", [0.25, 0.7, 1.0, 30.0, 3600.0])
def test_no_rest_is_longer_than_the_longest_however_slow_the_machine(more, took_s):
    assert rest_s(1.0, took_s, more=more) <= LONGEST_REST_S == 2.0


async def test_a_backlog_is_worked_off_without_another_commit(db, dsn, supervisor):
    left, done = iter(range(40, -1, -1)), asyncio.Event()

    async def round_():
        more = next(left) > 0
        if not more:
            done.set()
        return more

    live = LiveFeed(dsn, db.screens, supervisor)
    Keeper("test", round_, 0.0, live, supervisor, time=lambda: 0.0).start()
    async with asyncio.timeout(60):
        await done.wait()


async def test_the_rest_is_as_long_as_the_round_asks_for(db, dsn, supervisor, monkeypatch):
    instants, rests, done = count(step=0.1), [], asyncio.Event()
    answers = iter([True, False, None])

    async def round_():
        return next(answers)

    async def pause(seconds):
        rests.append(round(seconds, 3))
        if len(rests) == 3:
            done.set()
            await supervisor.stopping.wait()

    monkeypatch.setattr(supervisor, "pause", pause)
    live = LiveFeed(dsn, db.screens, supervisor)
    Keeper("test", round_, 0.25, live, supervisor, time=lambda: next(instants)).start()
    async with asyncio.timeout(60):
        while not done.is_set():
            live.nudge()
            await asyncio.sleep(0)
    assert rests == [0.3, 0.8, 1.0]


@pytest.mark.parametrize("ever", [True, False])
async def test_customers_go_first_but_not_for_ever(db, dsn, supervisor, monkeypatch, ever):
    """A round begins as soon as blocks have caught up, or after some seconds in which they have not."""
    now, rounds, done = [0.0], [], asyncio.Event()

    async def round_():
        rounds.append(now[0])
        done.set()
        return False

    async def pause(seconds):
        now[0] += seconds
        await asyncio.sleep(0)

    def behind():
        return not ever or now[0] < 10 * LOOK_AGAIN_S

    monkeypatch.setattr(supervisor, "pause", pause)
    live = LiveFeed(dsn, db.screens, supervisor)
    Keeper("test", round_, 0.25, live, supervisor, behind, time=lambda: now[0]).start()
    async with asyncio.timeout(60):
        await done.wait()
    assert rounds[0] == pytest.approx(10 * LOOK_AGAIN_S if ever else GIVE_WAY_S, abs=LOOK_AGAIN_S)
