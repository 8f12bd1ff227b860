"""Two processes find the place of a follower lost: one makes everything anew, the other goes on from there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations import rollups as chats
from conversations import search_index
from coupons import rollups as coupons
from gateway.chat_figures import ChatFigureKeeper
from gateway.figures import FigureKeeper
from gateway.search import SearchKeeper
from runtime.follower import alone
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from tests.factories import Customer, an_account, write
from tests.feed import all_visible

KEEPERS = [
    (SearchKeeper, search_index),
    (ChatFigureKeeper, chats),
    (FigureKeeper, coupons),
]


class LateAtFirst:
    """A clock that is days late until it has been read `times`: the place looks lost, and then is not."""

    def __init__(self, clock, times):
        self._clock, self._times = clock, times

    def now(self):
        self._times -= 1
        return self._clock.now() + timedelta(days=3 if self._times >= 0 else 0)


@pytest.fixture
async def supervisor():
    made = Supervisor()
    yield made
    await made.stop(1)


@pytest.fixture
async def lost(db, clock, keyring):
    """A customer wrote, all is taken in, and the feed's events are forgotten."""
    await write(
        db, clock, Customer(await an_account(db, keyring, clock)).says("words", clock.now())
    )
    await all_visible(db)
    for _, module in KEEPERS:
        await module.rebuild(db, clock.now())
    await db.screens.execute("DELETE FROM feed")


@pytest.mark.parametrize(("keeper", "module"), KEEPERS)
@pytest.mark.usefixtures("lost")
async def test_what_another_process_has_just_made_anew_is_not_made_again(
    db, dsn, clock, supervisor, keeper, module
):
    place = f"SELECT array_agg(xmin::text || at) FROM {module.READER.table}"  # noqa: S608 (our own names)
    before = await db.screens.fetchval(place)
    assert await module.follow(db, clock.now() + timedelta(days=3)) is None
    times = 1 if keeper is SearchKeeper else 2
    late = LateAtFirst(clock, times)
    feed = LiveFeed(dsn, db.screens, supervisor)
    assert await keeper(db, late, feed, supervisor).round() is True
    assert await db.screens.fetchval(place) == before
    assert await module.rebuild(db, clock.now(), if_lost=True) == 0
    assert await module.rebuild(db, clock.now() + timedelta(days=3), if_lost=True) is not None


async def test_who_finds_another_at_it_opens_no_connection(db, monkeypatch):
    async with alone(db, 77) as mine, alone(db, 77 << 32) as another:
        assert (mine, another) == (True, True)
        with monkeypatch.context() as patch:
            patch.setattr(db, "dsn", "postgresql://nobody@/nothing?host=/nowhere")
            async with alone(db, 77) as second:
                assert not second
    async with alone(db, 77) as mine:
        assert mine
