"""Many quotas changed at once wait for claims in the doorway's order, so that neither waits in a circle."""

from __future__ import annotations

import asyncio

import pytest

from coupons.actions.set_many_quotas import ManyQuotas, set_many_quotas
from coupons.actions.set_quota import set_quotas

TAKEN = (
    "INSERT INTO limit_row (coupon_id, subject, period_start, count) VALUES ($1, $2, 'epoch', 1)"
)
HELD = "SELECT 1 FROM limit_row WHERE coupon_id = $1 AND subject = $2 FOR UPDATE SKIP LOCKED"
WAITS = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND pid = $1)"


@pytest.fixture
async def spread(shop):
    """Two coupons by id and two members by subject, with one sent of each by both."""
    coupons = sorted([await shop.coupon(purpose="service", name=f"C{n}") for n in range(2)])
    people = sorted([str(shop.members["ann"]), str(shop.members["sue"])])
    for coupon in coupons:
        for who in people:
            await shop.db.screens.execute(TAKEN, coupon, f"m:{who}")
    return coupons, people


async def one_coupon_after_another(tx, many, now, *, by):
    """What changing many would be without locking in order first."""
    for coupon in many.coupons:
        await set_quotas(tx, coupon, dict.fromkeys(many.who, many.value), now, by=by)


@pytest.mark.parametrize(
    ("change", "free"), [(one_coupon_after_another, False), (set_many_quotas, True)]
)
async def test_while_it_waits_for_a_claim_it_holds_nothing_that_comes_later(
    shop, spread, change, free
):
    coupons, people = spread
    many = ManyQuotas(workspace_id=shop.workspace, coupons=coupons, who=people, value=9)
    begun, pid = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def change_many():
        await begun.wait()
        async with shop.db.transaction() as tx:
            pid.set_result(await tx.fetchval("SELECT pg_backend_pid()"))
            await change(tx, many, shop.clock.now(), by=shop.members["ann"])

    async def claim():
        async with shop.db.transaction() as tx:
            assert await tx.fetchval(HELD, coupons[1], f"m:{people[0]}")
            begun.set()
            while not await tx.fetchval(WAITS, await pid):
                continue
            return await tx.fetchval(HELD, coupons[0], f"m:{people[1]}")

    async with asyncio.timeout(60):
        later, _ = await asyncio.gather(claim(), change_many())
    assert (later == 1) is free
    assert await shop.count("quota_value WHERE value = 9") == 4
