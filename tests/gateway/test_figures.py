"""The worker keeps the figures behind the feed, and watches the books."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from conversations import rollups as chats
from coupons.rollups import REBUILD_LOCK, follow_zones
from gateway.books_watch import LOCK, BooksWatch
from gateway.figures import FigureKeeper
from runtime.follower import alone
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from tests.coupons.shop import Shop


@pytest.fixture
async def shop(db, clock, keyring):
    return await Shop(db, clock, keyring).build()


@pytest.fixture
async def supervisor():
    made = Supervisor()
    yield made
    await made.stop(1)


async def test_the_worker_counts_everything_at_first_and_what_is_new_afterwards(
    shop, dsn, clock, supervisor
):
    live = LiveFeed(dsn, shop.db.screens, supervisor)
    keeper = FigureKeeper(shop.db, clock, live, supervisor)
    coupon = await shop.coupon()
    await shop.claim(coupon, await shop.customer())
    assert await keeper.round() is True
    assert await keeper.round() is False
    await shop.claim(coupon, await shop.customer())
    assert await keeper.round() is False
    assert await shop.db.screens.fetchval("SELECT sum(claimed) FROM figure") == 2


async def test_the_worker_counts_by_new_days_once_the_zone_was_changed(
    shop, dsn, clock, supervisor
):
    keeper = FigureKeeper(shop.db, clock, LiveFeed(dsn, shop.db.screens, supervisor), supervisor)
    coupon = await shop.coupon()
    await shop.claim(coupon, await shop.customer())
    await keeper.round()
    await shop.db.screens.execute("UPDATE workspace SET zone = 'Pacific/Honolulu'")
    await keeper.round()
    day = "SELECT day::text FROM figure WHERE claimed > 0"
    assert await shop.db.screens.fetchval(day) == "2026-05-03"


async def test_books_that_do_not_balance_raise_an_alarm_in_the_log(shop, supervisor):
    watch = BooksWatch(shop.db, supervisor)
    coupon = await shop.coupon(quantity=5)
    await shop.claim(coupon, await shop.customer())
    assert await watch.round() == 0
    await shop.db.screens.execute("DELETE FROM unit WHERE seq = 4")
    with capture_logs() as lines:
        assert await watch.round() == 1
    [line] = [one for one in lines if one["log_level"] == "error"]
    assert line["coupon"] == str(coupon)
    assert "5 units were loaded, 4 are there" in line["faults"][0]


async def test_totals_that_do_not_equal_the_figures_raise_an_alarm_too(shop, supervisor):
    watch = BooksWatch(shop.db, supervisor)
    await shop.db.screens.execute(
        "INSERT INTO figure_total (workspace_id, grain, day, channel, member_id, claimed, opened, redeemed)"
        " VALUES ($1, 1, '2026-05-01', 'line', $1, 3, 0, 0)",
        shop.workspace,
    )
    with capture_logs() as lines:
        assert await watch.round() == 1
    [line] = [one for one in lines if one["log_level"] == "error"]
    assert line["workspace"] == "Tea"
    assert (
        "the month of 2026-05-01 line: claimed 3, opened 0, redeemed 0 too many"
        in line["faults"][0]
    )


async def test_figures_of_conversations_that_no_recount_finds_raise_an_alarm_once_a_day(
    shop, clock, supervisor
):
    watch = BooksWatch(shop.db, supervisor)
    await chats.rebuild(shop.db, clock.now())
    await shop.db.screens.execute(
        "INSERT INTO message_figure (workspace_id, generation, grain, day, hour, channel, customers, bot, members,"
        " elsewhere) SELECT workspace_id, generation, 0, '2026-05-01', 9, 'line', 3, 0, 0, 0 FROM figure_book"
        " WHERE workspace_id = $1",
        shop.workspace,
    )
    with capture_logs() as lines:
        assert [await watch.round() for _ in range(5)] == [1, 0, 0, 0, 1]
    errors = [one for one in lines if one["log_level"] == "error"]
    assert [one["workspace"] for one in errors] == ["Tea", "Tea"]
    assert "message_figure: 1 cells differ from a recount" in errors[0]["faults"][0]


async def test_two_processes_do_not_add_up_at_once(shop, supervisor):
    await shop.coupon(quantity=5)
    await shop.db.screens.execute("DELETE FROM unit WHERE seq = 4")
    watch = BooksWatch(shop.db, supervisor)
    async with alone(shop.db, LOCK) as mine:
        assert mine
        assert await watch.round() == 0
    with capture_logs():
        assert await watch.round() == 1


async def test_while_one_process_counts_every_claim_the_others_wait_for_its_end(
    shop, dsn, clock, supervisor
):
    keeper = FigureKeeper(shop.db, clock, LiveFeed(dsn, shop.db.screens, supervisor), supervisor)
    await shop.claim(await shop.coupon(), await shop.customer())
    async with alone(shop.db, REBUILD_LOCK):
        assert await keeper.round() is False
        assert await shop.db.screens.fetchval("SELECT count(*) FROM counted_claim") == 0
        await shop.db.screens.execute("UPDATE workspace SET zone = 'Pacific/Honolulu'")
        assert await follow_zones(shop.db, clock.now()) == frozenset()
    assert await keeper.round() is True
    assert await shop.db.screens.fetchval("SELECT count(*) FROM counted_claim") == 1
