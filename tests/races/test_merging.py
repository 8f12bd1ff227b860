"""Merging two customers while they write, claim and are merged by somebody else: nothing is lost or counted twice."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from conversations.actions.lock_chats import Moved
from conversations.actions.merge_contacts import Merge, merge_contacts
from conversations.actions.receive import Received, receive
from conversations.actions.separate_contacts import Separation, separate_contacts
from conversations.channel import Account, Inbound, Kind, MessageType
from coupons.actions.carry_claims import ClaimCarrier
from coupons.actions.claim import settle
from coupons.audit import audit
from coupons.claim_queue import RACES
from coupons.errors import Refusal
from runtime.database import open_pool
from runtime.errors import NotFound, Refused
from runtime.ids import uuid7
from tests.coupons.shop import BASE
from tests.waiting import waiting


@pytest.fixture
async def rivals(dsn):
    pool = await open_pool(dsn, 12)
    yield pool
    await pool.close()


@pytest.fixture
async def two(shop):
    """Two customers of one account, who are one person."""
    return await shop.customer("Mei"), await shop.customer("Mei Lin")


async def merging(shop, pool, kept, gone):
    """Merge in a transaction of its own, again when something moved, as the console does."""
    wish = wish_of(shop, kept, gone)
    return await again(pool, lambda tx: merge_contacts(tx, wish, ClaimCarrier(), shop.clock.now()))


async def separating(shop, pool, key):
    wish = Separation(workspace_id=shop.workspace, merge_id=key, by=shop.members["ann"])
    return await again(
        pool, lambda tx: separate_contacts(tx, wish, ClaimCarrier(), shop.clock.now())
    )


async def again(pool, act):
    while True:
        try:
            async with pool.acquire() as connection, connection.transaction():
                return await act(connection)
        except (Moved, asyncpg.DeadlockDetectedError):
            continue


def wish_of(shop, kept, gone):
    by = shop.members["ann"]
    return Merge(workspace_id=shop.workspace, kept_id=kept, gone_id=gone, by=by)


async def claims(db):
    rows = await db.screens.fetch("SELECT contact_id FROM claim")
    return [row["contact_id"] for row in rows]


async def faults(db):
    return [fault for books in await audit(db.screens) for fault in books.faults]


async def told(db, contact):
    return await db.screens.fetchval(
        "SELECT external_id FROM channel_identity WHERE contact_id = $1", contact
    )


def message(shop, address, n=0):
    inbound = Inbound(
        kind=Kind.MESSAGE,
        message_type=MessageType.TEXT,
        text=f"hello {n}",
        contact_external_id=address,
        external_event_id=uuid7().hex,
        external_message_id=uuid7().hex,
    )
    account = Account(id=shop.account, workspace_id=shop.workspace, channel="line", name="tea")
    return Received(inbox_id=n, account=account, inbound=inbound, received_at=shop.clock.now())


async def test_of_two_who_merge_the_same_two_crosswise_one_succeeds(shop, db, rivals, two):
    async with asyncio.timeout(60):
        done = await asyncio.gather(
            merging(shop, rivals, *two),
            merging(shop, rivals, *reversed(two)),
            merging(shop, rivals, *two),
            return_exceptions=True,
        )
    assert sorted(type(one).__name__ for one in done) == ["NotFound", "NotFound", "UUID"]
    assert await db.screens.fetchval("SELECT count(*) FROM contact") == 1
    assert await db.screens.fetchval("SELECT count(*) FROM channel_identity") == 2
    assert await db.screens.fetchval("SELECT count(DISTINCT contact_id) FROM conversation") == 1


async def test_a_ring_of_merges_leaves_no_customer_without_anybody_to_stand_for_them(
    shop, db, rivals, two
):
    third = await shop.customer("Mei 3")
    ring = [(two[0], two[1]), (two[1], third), (third, two[0])]
    async with asyncio.timeout(60):
        done = await asyncio.gather(
            *(merging(shop, rivals, *pair) for pair in ring), return_exceptions=True
        )
    assert all(isinstance(one, NotFound) or not isinstance(one, Exception) for one in done), done
    left = await db.screens.fetch("SELECT id FROM contact")
    stand = await db.screens.fetch("SELECT DISTINCT kept_id FROM contact_merge")
    assert {row["kept_id"] for row in stand} <= {row["id"] for row in left}
    owners = await db.screens.fetch("SELECT DISTINCT contact_id FROM conversation")
    assert {row["contact_id"] for row in owners} == {row["id"] for row in left}


async def test_two_who_separate_at_once_do_it_once(shop, db, rivals, two):
    key = await merging(shop, rivals, *two)
    async with asyncio.timeout(60):
        done = await asyncio.gather(
            *(separating(shop, rivals, key) for _ in range(3)), return_exceptions=True
        )
    assert sum(not isinstance(one, Exception) for one in done) == 1
    assert all(isinstance(one, (tuple, NotFound, Refused)) for one in done), done
    assert await db.screens.fetchval("SELECT count(DISTINCT contact_id) FROM conversation") == 2


async def test_a_message_that_meets_a_merge_waits_and_belongs_to_who_stays(shop, db, rivals, two):
    kept, gone = two
    address = await told(db, gone)
    wish = wish_of(shop, kept, gone)

    async def arrive():
        async with rivals.acquire() as connection, connection.transaction():
            return await receive(connection, [message(shop, address)], shop.clock.now())

    async with asyncio.timeout(60), rivals.acquire() as one:
        async with one.transaction():
            await merge_contacts(one, wish, ClaimCarrier(), shop.clock.now())
            late = asyncio.ensure_future(arrive())
            await waiting(db.screens, 1)
        [handled] = await late
    assert (handled.contact_id, handled.conversation_id) == (kept, shop.chats[gone])
    assert await db.screens.fetchval("SELECT count(*) FROM contact") == 1


async def test_messages_that_pour_in_meanwhile_all_stand_in_their_own_chats(shop, db, rivals, two):
    addresses = {one: await told(db, one) for one in two}

    async def pour(who):
        for n in range(15):
            async with rivals.acquire() as connection, connection.transaction():
                await receive(connection, [message(shop, addresses[who], n)], shop.clock.now())

    async def there_and_back():
        for _ in range(4):
            key = await merging(shop, rivals, *two)
            await separating(shop, rivals, key)

    async with asyncio.timeout(60):
        await asyncio.gather(*(pour(who) for who in two), there_and_back())
    for who in two:
        rows = await db.screens.fetch(
            "SELECT DISTINCT sender_external_id AS who, count(*) AS n FROM message"
            " WHERE conversation_id = $1 AND direction = 'in' GROUP BY 1",
            shop.chats[who],
        )
        assert [tuple(row) for row in rows] == [(addresses[who], 15)]
    assert await db.screens.fetchval("SELECT count(*) FROM conversation") == 2


async def test_without_the_guard_a_claim_under_way_would_go_with_the_row(shop, db, rivals, two):
    kept, gone = two
    coupon = await shop.coupon(quantity=9)

    async def merge_without_locks():
        async with rivals.acquire() as one, one.transaction():
            for table in ("claim", "channel_identity", "conversation"):
                query = f"UPDATE {table} SET contact_id = $1 WHERE contact_id = $2"  # noqa: S608 (our own names)
                await one.execute(query, kept, gone)
            await one.execute("DELETE FROM contact WHERE id = $1", gone)

    async with asyncio.timeout(60), rivals.acquire() as one:
        async with one.transaction():
            request = shop.request(coupon, gone)
            await settle(one, [request], shop.channels, BASE, shop.clock.now())
            late = asyncio.ensure_future(merge_without_locks())
            await waiting(db.screens, 1)
        await late
    assert await claims(db) == []


async def test_a_claim_under_way_is_waited_for_and_carried(shop, db, rivals, two):
    kept, gone = two
    coupon = await shop.coupon(quantity=9, per_contact_limit=2)
    async with asyncio.timeout(60), rivals.acquire() as one:
        async with one.transaction():
            request = shop.request(coupon, gone)
            [result] = await settle(one, [request], shop.channels, BASE, shop.clock.now())
            late = asyncio.ensure_future(merging(shop, rivals, kept, gone))
            await waiting(db.screens, 1)
        await late
    assert result.claim is not None
    assert await claims(db) == [kept]
    assert await faults(db) == []


async def test_a_claim_that_comes_too_late_takes_nothing(shop, db, rivals, two):
    kept, gone = two
    coupon = await shop.coupon(quantity=9, per_contact_limit=2)
    wish = wish_of(shop, kept, gone)
    async with asyncio.timeout(60), rivals.acquire() as one:
        async with one.transaction():
            await merge_contacts(one, wish, ClaimCarrier(), shop.clock.now())
            late = asyncio.ensure_future(alone(shop, rivals, shop.request(coupon, gone)))
            await waiting(db.screens, 1)
        result = await late
    assert result.refusal is Refusal.ERROR
    assert await claims(db) == []
    assert await faults(db) == []


async def alone(shop, pool, request):
    """Claim as the queue does: again when a rival's change made the database refuse."""
    while True:
        try:
            async with pool.acquire() as connection:
                asked = [request], shop.channels, BASE, shop.clock.now()
                return (await settle(connection, *asked, connection.transaction))[0]
        except RACES:
            continue


async def test_claims_of_both_that_go_on_all_the_while_are_counted_to_the_last(
    shop, db, rivals, two
):
    coupon = await shop.coupon(quantity=200, per_contact_limit=100)
    results = []

    async def claiming(who):
        results.extend([await alone(shop, rivals, shop.request(coupon, who)) for _ in range(12)])

    async def there_and_back():
        for _ in range(4):
            key = await merging(shop, rivals, *two)
            await separating(shop, rivals, key)

    async with asyncio.timeout(60):
        await asyncio.gather(*(claiming(who) for who in two), there_and_back())
    assert len(await claims(db)) == sum(one.claim is not None for one in results) >= 12
    assert await faults(db) == []
