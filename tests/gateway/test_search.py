"""The worker keeps search in step behind the feed."""

from __future__ import annotations

import pytest

from conversations.search import search
from gateway.search import SearchKeeper
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from tests.factories import Customer, an_account, write
from tests.feed import all_visible


@pytest.fixture
async def supervisor():
    made = Supervisor()
    yield made
    await made.stop(1)


async def test_the_worker_files_everything_at_first_and_what_is_new_afterwards(
    db, dsn, clock, keyring, supervisor
):
    account = await an_account(db, keyring, clock)
    keeper = SearchKeeper(db, clock, LiveFeed(dsn, db.screens, supervisor), supervisor)
    mei = Customer(account)
    await write(db, clock, mei.says("first words", clock.now()))
    assert await keeper.round() is True
    await write(db, clock, mei.says("second thoughts", clock.now()))
    await all_visible(db)
    assert await keeper.round() is False
    for term in ("first", "thoughts"):
        assert len((await search(db, account.workspace_id, term)).messages) == 1
