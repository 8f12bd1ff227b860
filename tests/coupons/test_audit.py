"""The books add up after everything that can happen, and say so when they do not."""

from __future__ import annotations

import pytest

from coupons.actions.design import set_quantity
from coupons.actions.release import release
from coupons.actions.void import void
from coupons.audit import audit


async def test_the_books_add_up_after_claims_releases_voids_and_a_lowered_total(shop):
    coupon = await shop.coupon(
        purpose="service", quantity=10, default_quota=5, per_contact_daily_limit=2
    )
    sue = shop.members["sue"]
    claims = [
        (await shop.claim(coupon, person, member_id=sue)).claim
        for person in await shop.customers(5)
    ]
    async with shop.db.transaction() as tx:
        now = shop.clock.now()
        await release(tx, [claims[0].id], now, code_was_shown=False)
        await void(tx, shop.workspace, [claims[1].id], sue, now)
    await set_quantity(shop.db, coupon, 7, shop.clock.now())
    [books] = await audit(shop.db.screens)
    assert books.faults == ()
    assert (books.loaded, books.free, books.issued) == (10, 3, 3)
    assert (books.void, books.withdrawn, books.claims) == (1, 3, 4)


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        ("UPDATE limit_row SET count = count + 1 WHERE subject ~ '^c:'", "contacts' limits"),
        ("UPDATE limit_row SET count = 0 WHERE subject ~ '^m:'", "quotas"),
        ("UPDATE unit SET state = 'free' WHERE state = 'issued'", "units issued"),
        ("DELETE FROM unit WHERE seq = 2", "units loaded"),
        ("UPDATE claim SET state = 'redeemed'", "ledger"),
    ],
)
async def test_a_mismatch_is_named(shop, harm, fault):
    coupon = await shop.coupon(purpose="service", quantity=3)
    await shop.claim(coupon, await shop.customer(), member_id=shop.members["sue"])
    await shop.db.screens.execute(harm)
    [books] = await audit(shop.db.screens)
    assert len(books.faults) == 1
    assert fault in books.faults[0]
