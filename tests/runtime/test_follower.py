"""A reader of the feed waits for the disk only where it tells screens something itself."""

from __future__ import annotations

import pytest

from conversations import rollups as chats
from conversations.search_index import READER as SEARCH
from coupons import rollups as coupons
from runtime.follower import Reader
from runtime.ids import uuid7
from runtime.live import Change, publish
from tests.feed import all_visible


@pytest.mark.parametrize(("publishes", "waits"), [(True, "on"), (False, "off")])
async def test_a_reader_that_publishes_waits_for_the_disk(db, clock, publishes, waits):
    reader = Reader("search_cursor", "test", lock=42, events=10, publishes=publishes)
    async with db.transaction() as tx:
        await reader.keep(tx, (0, 0), clock.now())
        await publish(tx, [Change(uuid7(), "message", uuid7())], clock.now())
    await all_visible(db)
    told = []

    async def take(tx, events):
        told.extend([len(events), await tx.fetchval("SHOW synchronous_commit")])

    done = await reader.follow(db, clock.now(), take)
    assert done is not None
    assert told == [1, waits]


def test_the_figures_publish_and_search_does_not():
    assert [one.publishes for one in (chats.READER, coupons.READER, SEARCH)] == [True, True, False]
