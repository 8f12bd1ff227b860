"""The worker keeps search in step behind the feed."""

from __future__ import annotations

import pytest

from conversations.search import search
from conversations.search_index import REBUILD_LOCK
from gateway.search import SearchKeeper
from runtime.follower import alone
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


async def test_while_one_process_files_everything_the_others_wait_for_its_end(
    db, dsn, clock, keyring, supervisor
):
    account = await an_account(db, keyring, clock)
    keeper = SearchKeeper(db, clock, LiveFeed(dsn, db.screens, supervisor), supervisor)
    await write(db, clock, Customer(account).says("first words", clock.now()))
    async with alone(db, REBUILD_LOCK):
        assert await keeper.round() is False
    assert not (await search(db, account.workspace_id, "first")).messages
    assert await keeper.round() is True
    assert (await search(db, account.workspace_id, "first")).messages
