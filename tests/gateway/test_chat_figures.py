"""The worker keeps the figures of conversations behind the feed, by the days of the workspace."""

from __future__ import annotations

import pytest

from gateway.chat_figures import ChatFigureKeeper
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from tests.conversations.histories import Histories
from tests.factories import an_account

DAYS = """
SELECT f.day::text, sum(f.customers)::int FROM message_figure f JOIN figure_book USING (workspace_id, generation)
WHERE grain = 0 GROUP BY 1 ORDER BY 1
"""


@pytest.fixture
async def supervisor():
    made = Supervisor()
    yield made
    await made.stop(1)


async def test_the_worker_counts_everything_at_first_what_is_new_then_and_anew_in_another_zone(
    db, dsn, keyring, clock, supervisor
):
    told = Histories(db, clock, await an_account(db, keyring, clock))
    keeper = ChatFigureKeeper(db, clock, LiveFeed(dsn, db.screens, supervisor), supervisor)
    chat = await told.chat()
    await told.happens(chat, "customer", -600)
    assert await keeper.round() is True
    await told.happens(chat, "customer")
    while await keeper.round():
        continue
    await told.catch_up()
    assert [tuple(row) for row in await db.screens.fetch(DAYS)] == [("2026-05-04", 2)]
    await db.screens.execute("UPDATE workspace SET zone = 'America/Chicago'")
    await keeper.round()
    days = [("2026-05-03", 1), ("2026-05-04", 1)]
    assert [tuple(row) for row in await db.screens.fetch(DAYS)] == days
    await told.exact()
