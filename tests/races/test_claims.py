"""Parallel claims on scarce things: first the race without the guard, then the doorway."""

from __future__ import annotations

import asyncio

import pytest

from coupons.actions.claim import settle
from coupons.actions.take_units import ANY_FREE
from coupons.audit import audit
from coupons.errors import Refusal
from runtime.database import open_pool
from runtime.errors import TesseraError
from tests.coupons.shop import BASE


@pytest.fixture
async def rivals(dsn):
    """A pool wide enough for twenty callers at once."""
    pool = await open_pool(dsn, 20)
    yield pool
    await pool.close()


async def unguarded(pool, coupon, barrier):
    """What a doorway without locks does: look, then take what was seen."""
    async with pool.acquire() as connection:
        seq = await connection.fetchval(
            "SELECT min(seq) FROM unit WHERE coupon_id = $1 AND state = 'free'", coupon
        )
        await barrier.wait()
        await connection.execute(
            "UPDATE unit SET state = 'issued' WHERE coupon_id = $1 AND seq = $2", coupon, seq
        )
        return seq


async def through_the_doorway(shop, pool, request, barrier, *, alone=False):
    """Claim in a transaction, or `alone`: as the queue does, which begins one only where it must."""
    async with pool.acquire() as connection:
        await connection.fetchval("SELECT 1")
        await barrier.wait()
        asked = [request], shop.channels, BASE, shop.clock.now()
        if alone:
            return (await settle(connection, *asked, connection.transaction))[0]
        async with connection.transaction():
            return (await settle(connection, *asked))[0]


async def test_without_the_guard_one_code_goes_to_several_callers(shop, rivals):
    coupon = await shop.coupon(codes=7)
    barrier = asyncio.Barrier(7)
    seqs = await asyncio.gather(*(unguarded(rivals, coupon, barrier) for _ in range(7)))
    assert len(set(seqs)) < 7


@pytest.mark.parametrize("facts", [{}, {"per_contact_daily_limit": 1}, {"tag_on_claim": "tea"}])
@pytest.mark.parametrize("alone", [False, True])
async def test_twenty_callers_on_seven_codes_get_exactly_seven(shop, rivals, alone, facts):
    coupon = await shop.coupon(codes=7, **facts)
    barrier = asyncio.Barrier(20)
    results = await asyncio.gather(
        *(
            through_the_doorway(shop, rivals, shop.request(coupon, person), barrier, alone=alone)
            for person in await shop.customers(20)
        )
    )
    assert [r.refusal for r in results].count(None) == 7
    assert [r.refusal for r in results].count(Refusal.SOLD_OUT) == 13
    assert await shop.count("(SELECT DISTINCT code FROM claim) AS c") == 7
    assert [books.faults for books in await audit(shop.db.screens)] == [()]


async def unguarded_limit(pool, coupon, contact, barrier):
    async with pool.acquire() as connection:
        taken = await connection.fetchval(
            "SELECT count(*) FROM limit_row WHERE coupon_id = $1 AND subject ~ $2",
            *(coupon, f"^n:{contact}"),
        )
        await barrier.wait()
        if taken:
            raise TesseraError
        await connection.execute(
            "INSERT INTO limit_row (coupon_id, subject, period_start, count)"
            " VALUES ($1, 'n:' || gen_random_uuid()::text, now(), 1)",
            coupon,
        )


async def test_without_the_guard_a_limit_of_one_lets_all_through(shop, rivals):
    coupon = await shop.coupon(per_contact_limit=1)
    mei = await shop.customer()
    barrier = asyncio.Barrier(5)
    await asyncio.gather(*(unguarded_limit(rivals, coupon, mei, barrier) for _ in range(5)))
    assert await shop.count("limit_row WHERE subject ~ '^n:'") == 5


@pytest.mark.parametrize("limit", ["per_contact_limit", "per_contact_daily_limit"])
@pytest.mark.parametrize("earlier", [0, 1])
@pytest.mark.parametrize("alone", [False, True])
async def test_a_contact_tapping_everywhere_at_once_stays_within_the_limit(
    shop, rivals, earlier, alone, limit
):
    coupon = await shop.coupon(quantity=9, **{limit: 2})
    mei = await shop.customer()
    for _ in range(earlier):
        await shop.claim(coupon, mei)
    barrier = asyncio.Barrier(10)
    results = await asyncio.gather(
        *(
            through_the_doorway(shop, rivals, shop.request(coupon, mei), barrier, alone=alone)
            for _ in range(10)
        )
    )
    assert [r.refusal for r in results].count(None) == 2 - earlier
    assert await shop.count("limit_row WHERE count <> 2") == 0
    assert [books.faults for books in await audit(shop.db.screens)] == [()]


async def test_the_first_claim_of_a_contact_waits_for_a_rivals_and_takes_nothing_in_its_place(
    shop, rivals
):
    """The row that counts the contact is being added by somebody else: no unit may be lost meanwhile."""
    coupon = await shop.coupon(codes=2, per_contact_limit=1)
    mei = await shop.customer()
    async with rivals.acquire() as slow:
        held = slow.transaction()
        await held.start()
        now = shop.clock.now()
        await settle(slow, [shop.request(coupon, mei)], shop.channels, BASE, now)
        waiting = asyncio.ensure_future(
            through_the_doorway(
                shop, rivals, shop.request(coupon, mei), asyncio.Barrier(1), alone=True
            )
        )
        while not await shop.count("pg_stat_activity WHERE wait_event = 'transactionid'"):
            assert not waiting.done()
        await held.commit()
    assert (await waiting).refusal is Refusal.CONTACT_LIMIT
    assert await shop.count("unit WHERE state = 'issued'") == 1
    assert [books.faults for books in await audit(shop.db.screens)] == [()]


async def test_two_tabs_cannot_spend_one_quota(shop, rivals):
    coupon = await shop.coupon(purpose="service", default_quota=5)
    sue = shop.members["sue"]
    barrier = asyncio.Barrier(12)
    results = await asyncio.gather(
        *(
            through_the_doorway(shop, rivals, shop.request(coupon, person, member_id=sue), barrier)
            for person in await shop.customers(12)
        )
    )
    assert [r.refusal for r in results].count(None) == 5
    assert [r.refusal for r in results].count(Refusal.MEMBER_QUOTA) == 7
    assert [books.faults for books in await audit(shop.db.screens)] == [()]


async def test_a_unit_held_by_a_rival_who_gives_up_goes_to_the_one_who_waited(shop, rivals):
    coupon = await shop.coupon(codes=1)
    mei, tom = await shop.customers(2)
    async with rivals.acquire() as slow:
        held = slow.transaction()
        await held.start()
        now = shop.clock.now()
        await settle(slow, [shop.request(coupon, mei)], shop.channels, BASE, now)
        waiting = asyncio.ensure_future(
            through_the_doorway(shop, rivals, shop.request(coupon, tom), asyncio.Barrier(1))
        )
        while not await shop.count("pg_stat_activity WHERE query = $1", ANY_FREE):
            assert not waiting.done()
        await held.rollback()
    assert (await waiting).refusal is None


async def test_a_unit_that_stays_locked_is_never_called_sold_out(shop, rivals):
    coupon = await shop.coupon(codes=1)
    mei, tom = await shop.customers(2)
    async with rivals.acquire() as slow:
        held = slow.transaction()
        await held.start()
        now = shop.clock.now()
        await settle(slow, [shop.request(coupon, mei)], shop.channels, BASE, now)
        result = await through_the_doorway(
            shop, rivals, shop.request(coupon, tom), asyncio.Barrier(1)
        )
        await held.rollback()
    assert result.refusal is Refusal.ERROR
    assert await shop.count("limit_row WHERE count > 0") == 0
