"""Many tills at once: one redeems, totals hold to the last one, holds and undo stay whole."""

from __future__ import annotations

import asyncio

import pytest

from coupons.errors import Refusal
from runtime.database import open_pool
from tests.coupons.counter import Counter

TILLS = 20


@pytest.fixture
async def rivals(dsn):
    """A pool wide enough for twenty tills."""
    pool = await open_pool(dsn, TILLS)
    yield pool
    await pool.close()


@pytest.fixture
async def counter(shop):
    """The shop's counter."""
    return Counter(shop)


async def all_at_once(pool, acts):
    barrier = asyncio.Barrier(len(acts))

    async def run(act):
        async with pool.acquire() as connection:
            await connection.fetchval("SELECT 1")
            await barrier.wait()
            async with connection.transaction():
                return await act(connection)

    async with asyncio.timeout(60):
        return await asyncio.gather(*(run(act) for act in acts))


async def test_twenty_tills_redeem_one_claim_once(shop, counter, rivals):
    claim = await counter.issue()
    acts = [lambda tx: counter.redeem(claim, tx=tx) for _ in range(TILLS)]
    told = [result.refusal for result in await all_at_once(rivals, acts)]
    assert sorted(told, key=str) == [None, *[Refusal.ALREADY_REDEEMED] * (TILLS - 1)]
    assert await shop.count("redemption") == 1


@pytest.mark.parametrize("limit", [TILLS - 1, TILLS, TILLS + 1])
async def test_a_total_holds_to_the_last_redemption(shop, counter, rivals, limit):
    """S0-09: the cap on redemptions in all."""
    coupon = await shop.coupon(redemption_limit=limit)
    claims = [await counter.issue(coupon=coupon) for _ in range(TILLS)]
    acts = [lambda tx, claim=claim: counter.redeem(claim, tx=tx) for claim in claims]
    told = [result.refusal for result in await all_at_once(rivals, acts)]
    done = min(limit, TILLS)
    assert told.count(None) == done
    assert told.count(Refusal.REDEMPTION_LIMIT) == TILLS - done
    assert await shop.count("redemption_unit WHERE state = 'used'") == done


@pytest.mark.parametrize("limit", [4, 5, 6])
async def test_a_customers_redemptions_hold_to_the_last(shop, counter, rivals, limit):
    """S0-10: the cap on one customer's redemptions."""
    coupon = await shop.coupon(per_contact_redemption_limit=limit)
    mei = await shop.customer()
    claims = [await counter.issue(mei, coupon) for _ in range(5)]
    acts = [lambda tx, claim=claim: counter.redeem(claim, tx=tx) for claim in claims]
    told = [result.refusal for result in await all_at_once(rivals, acts)]
    assert told.count(None) == min(limit, 5)


async def test_a_hold_and_a_rivals_redemption_never_both_succeed(shop, counter, rivals):
    for _ in range(5):
        claim = await counter.issue()
        held, redeemed = await all_at_once(
            rivals,
            [
                lambda tx, claim=claim: counter.hold(claim, tx=tx),
                lambda tx, claim=claim: counter.redeem(claim, counter.bo, tx=tx),
            ],
        )
        outcome = (held.refusal, redeemed.refusal)
        assert outcome in {(None, Refusal.HELD), (Refusal.ALREADY_REDEEMED, None)}


async def test_an_undo_among_taps_leaves_one_truth(shop, counter, rivals):
    claim = await counter.issue(redemption_limit=5)
    await counter.redeem(claim)
    acts = [lambda tx: counter.undo(claim, tx=tx)]
    acts += [lambda tx: counter.redeem(claim, tx=tx) for _ in range(4)]
    told = await all_at_once(rivals, acts)
    assert told[0].refusal is None
    again = [result.refusal for result in told[1:]].count(None)
    redeemed = await shop.count("claim WHERE state = 'redeemed'")
    assert redeemed == again <= 1
    assert await shop.count("redemption_unit WHERE state = 'used'") == redeemed
    assert await shop.count("redemption WHERE kind = 'undo'") == 1
