"""Erasing a customer while they are merged, claim, or are written to: nothing of them slips through."""

from __future__ import annotations

import asyncio
import contextlib

import asyncpg
import pytest

from conversations.actions.erase import Erasing, order_erasing
from conversations.actions.keep_draft import Writing, keep_draft
from conversations.actions.merge_contacts import Merge, merge_contacts
from coupons.actions.carry_claims import ClaimCarrier
from coupons.actions.lose_cards import lose_cards
from runtime.database import open_pool
from runtime.errors import NotFound
from tests.waiting import waiting

HOLD = "SELECT 1 FROM {table} WHERE {column} = $1 FOR UPDATE"


@pytest.fixture
async def rival(dsn):
    pool = await open_pool(dsn, 2)
    async with pool.acquire() as connection:
        yield connection
    await pool.close()


async def erase(shop, contact):
    who = Erasing(workspace_id=shop.workspace, contact_id=contact)
    now = shop.clock.now()
    return await order_erasing(shop.db, who, shop.channels, now, lose_cards(now))


async def test_who_is_erased_while_another_is_merged_into_them_is_erased_whole(shop, db, rival):
    kept, gone = await shop.customer("Mei"), await shop.customer("Mei Lin")
    await shop.settle(shop.card_request(await shop.coupon(quantity=9), gone))
    wish = Merge(workspace_id=shop.workspace, kept_id=kept, gone_id=gone, by=shop.members["ann"])
    assert await shop.count("outbox") == 1
    async with asyncio.timeout(60):
        async with rival.transaction():
            await merge_contacts(rival, wish, ClaimCarrier(), shop.clock.now())
            late = asyncio.ensure_future(erase(shop, kept))
            await waiting(db.screens, 1)
        assert await late
    assert await shop.count("outbox") == 0
    assert await db.screens.fetchval("SELECT state FROM claim") == "released"
    told = await db.screens.fetchval("SELECT addresses FROM erase_job")
    assert {name for _, name in told} == {f"U{kept.hex}", f"U{gone.hex}"}
    assert await shop.count("conversation WHERE shelf = 'erased'") == 2


async def test_an_erasing_that_stands_in_anothers_way_is_tried_again(shop, db, rival):
    contact = await shop.customer("Mei")
    await shop.settle(shop.card_request(await shop.coupon(quantity=9), contact))
    async with asyncio.timeout(60):
        with contextlib.suppress(asyncpg.DeadlockDetectedError):
            async with rival.transaction():
                # The other one waits longer before it looks for a deadlock, so that it is the erasing that ends.
                await rival.execute("SET LOCAL deadlock_timeout = '10s'")
                await rival.execute(HOLD.format(table="claim", column="contact_id"), contact)
                late = asyncio.ensure_future(erase(shop, contact))
                await waiting(db.screens, 1)
                await rival.execute(HOLD.format(table="contact", column="id"), contact)
        assert await late
    assert await db.screens.fetchval("SELECT state FROM claim") == "released"


async def test_a_draft_that_comes_while_its_customer_is_erased_is_not_kept(shop, db, rival):
    contact = await shop.customer("Mei")
    writing = Writing(
        workspace_id=shop.workspace, conversation_id=shop.chats[contact],
        member_id=shop.members["sue"], form_id="form-0001", place=1, text="Dear Mei",
    )  # fmt: skip
    async with asyncio.timeout(60):
        async with rival.transaction():
            await keep_draft(rival, writing, shop.clock.now())
            late = asyncio.ensure_future(erase(shop, contact))
            await waiting(db.screens, 1)
        assert await late
        assert await shop.count("draft") == 0
        async with db.transaction() as tx:
            with pytest.raises(NotFound):
                await keep_draft(tx, writing, shop.clock.now())
    assert await shop.count("draft") == 0
