"""A coupon that a marketer is changing goes on being claimed: their lock lets foreign keys pass."""

from __future__ import annotations

import asyncpg
import pytest

from coupons.actions import edit, take_redemption


@pytest.mark.parametrize("statement", ["SELECT 1 FROM coupon WHERE id = $1 FOR UPDATE"])
async def test_a_full_lock_would_stop_every_claim(shop, statement):
    coupon, mei = await shop.coupon(), await shop.customer()
    async with shop.db.transaction() as tx:
        await tx.execute(statement, coupon)
        with pytest.raises(asyncpg.LockNotAvailableError):
            await claim_at_once(shop, coupon, mei)


@pytest.mark.parametrize(
    ("statement", "more"), [(edit.LOCK, True), (take_redemption.LOCK, False)], ids=["edit", "units"]
)
async def test_a_coupon_being_edited_is_claimed_all_the_same(shop, statement, more):
    coupon, mei = await shop.coupon(), await shop.customer()
    async with shop.db.transaction() as tx:
        await tx.fetch(statement, coupon, *([shop.workspace] if more else []))
        assert (await claim_at_once(shop, coupon, mei)).claim is not None


async def claim_at_once(shop, coupon, contact):
    """Claim, or fail as soon as a lock is in the way."""
    async with shop.db.transaction(shop.db.claims) as tx:
        await tx.execute("SET LOCAL lock_timeout = '200ms'")
        [result] = await shop.settle_in(tx, shop.request(coupon, contact))
    return result
