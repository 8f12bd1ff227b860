"""Parallel taps on Redeem: first the race without the lock, then the till."""

from __future__ import annotations

import asyncio

import pytest

from coupons.actions.redeem_by_pin import redeem_by_pin
from coupons.errors import Refusal
from runtime.database import open_pool


@pytest.fixture
async def rivals(dsn):
    """A pool wide enough for ten taps at once."""
    pool = await open_pool(dsn, 10)
    yield pool
    await pool.close()


@pytest.fixture
async def claim(shop):
    """A claim of a coupon, and Ray's PIN."""
    await shop.rays_pin()
    return (await shop.claim(await shop.coupon(), await shop.customer())).claim


async def test_without_the_lock_a_claim_is_redeemed_several_times(shop, rivals, claim):
    barrier = asyncio.Barrier(5)

    async def tap():
        async with rivals.acquire() as connection:
            state = await connection.fetchval("SELECT state FROM claim WHERE id = $1", claim.id)
            await barrier.wait()
            await connection.execute("UPDATE claim SET state = 'redeemed' WHERE id = $1", claim.id)
            return state

    assert await asyncio.gather(*(tap() for _ in range(5))) == ["issued"] * 5


async def test_ten_parallel_taps_redeem_once(shop, rivals, claim):
    barrier = asyncio.Barrier(10)

    async def tap(key):
        async with rivals.acquire() as connection:
            await connection.fetchval("SELECT 1")
            await barrier.wait()
            async with connection.transaction():
                return await redeem_by_pin(
                    connection, shop.keyring, claim.id, "4821", key, shop.clock.now()
                )

    results = await asyncio.gather(*(tap(f"tap {n}") for n in range(10)))
    assert [r.refusal for r in results].count(None) == 1
    assert [r.refusal for r in results].count(Refusal.ALREADY_REDEEMED) == 9
    assert await shop.count("redemption") == 1


async def test_the_same_tap_sent_ten_times_at_once_is_answered_alike(shop, rivals, claim):
    async def tap():
        async with rivals.acquire() as connection, connection.transaction():
            return await redeem_by_pin(
                connection, shop.keyring, claim.id, "4821", "one tap", shop.clock.now()
            )

    results = await asyncio.gather(*(tap() for _ in range(10)))
    assert len({r.redeemed.at for r in results}) == 1
    assert {r.refusal for r in results} == {None}
    assert await shop.count("redemption") == 1
