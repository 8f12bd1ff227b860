"""What an agent's drawer lists for one customer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coupons.actions.set_quota import clear_quotas, set_quotas
from coupons.errors import Refusal
from coupons.queries import claims_of_contact, coupons_of, offers
from runtime.errors import Invalid, NotFound


async def drawer(shop, contact, member="sue"):
    return await offers(shop.db.screens, shop.members[member], contact, shop.clock.now())


async def test_the_drawer_counts_down_the_quota_and_the_stock(shop):
    coupon = await shop.coupon(purpose="service", quantity=50, default_quota=5, per_contact_limit=1)
    mei, tom = await shop.customers(2)
    [before] = await drawer(shop, mei)
    assert (before.left_for_you, before.stock_left, before.available) == (5, 50, True)
    await shop.claim(coupon, mei, member_id=shop.members["sue"])
    [grey] = await drawer(shop, mei)
    assert (grey.left_for_you, grey.stock_left, grey.available) == (4, 49, False)
    assert grey.refusal is Refusal.CONTACT_LIMIT
    [fresh] = await drawer(shop, tom)
    assert fresh.available


async def test_with_nothing_left_the_coupon_is_grey(shop):
    """S1-12: greyed out when the total left is 0."""
    coupon = await shop.coupon(purpose="service", quantity=1)
    mei, tom = await shop.customers(2)
    await shop.claim(coupon, mei)
    [grey] = await drawer(shop, tom)
    assert (grey.stock_left, grey.available, grey.refusal) == (0, False, Refusal.SOLD_OUT)


async def test_a_raised_quota_is_seen_and_a_role_may_have_its_own(shop):
    coupon = await shop.coupon(purpose="service", default_quota=0)
    mei = await shop.customer()
    sue, now = str(shop.members["sue"]), shop.clock.now()

    async def left():
        [row] = await drawer(shop, mei)
        return row.left_for_you, row.refusal

    assert await left() == (0, Refusal.MEMBER_QUOTA)
    async with shop.db.transaction() as tx:
        await set_quotas(tx, coupon, {"service_agent": 3}, now)
    assert await left() == (3, None)
    async with shop.db.transaction() as tx:
        await set_quotas(tx, coupon, {sue: 8}, now, by=shop.members["ann"])
    assert await left() == (8, None)
    async with shop.db.transaction() as tx:
        await set_quotas(tx, coupon, {sue: None}, now)
    assert await left() == (None, None)
    async with shop.db.transaction() as tx:
        await clear_quotas(tx, coupon, [sue], now)
    assert await left() == (3, None)
    assert await shop.count("audit_entry WHERE action = 'coupon.quota'") == 4


async def test_a_quota_is_a_whole_number_of_a_known_coupon(shop):
    coupon = await shop.coupon()
    async with shop.db.transaction() as tx:
        with pytest.raises(Invalid):
            await set_quotas(tx, coupon, {"admin": -1}, shop.clock.now())
        with pytest.raises(NotFound):
            await set_quotas(tx, shop.workspace, {"admin": 1}, shop.clock.now())


@pytest.mark.parametrize(
    ("member", "names"),
    [("ann", ["Sales", "Service"]), ("sue", ["Service"]), ("sel", ["Sales"]), ("ray", [])],
)
async def test_each_role_sees_the_purposes_it_may_send(shop, member, names):
    for purpose in ("service", "sales", "marketing"):
        await shop.coupon(name=purpose.title(), purpose=purpose)
    assert [row.name for row in await drawer(shop, await shop.customer(), member)] == names


async def test_a_coupon_out_of_its_time_is_grey_with_the_reason(shop):
    now = shop.clock.now()
    await shop.coupon(purpose="service", send_from=now + timedelta(days=1))
    [row] = await drawer(shop, await shop.customer())
    assert (row.available, row.refusal) == (False, Refusal.NOT_STARTED)


async def test_nobody_sees_offers_for_a_customer_of_another_shop(shop):
    await shop.coupon(purpose="service")
    assert await drawer(shop, shop.workspace) == []


async def test_a_customers_claims_are_listed_with_what_became_of_them(shop):
    coupon = await shop.coupon(validity_mode="claim", lasts_minutes=60)
    mei = await shop.customer()
    await shop.claim(coupon, mei)
    await shop.db.screens.execute("UPDATE claim SET first_opened_at = issued_at")
    now = shop.clock.now()
    [opened] = await claims_of_contact(shop.db.screens, shop.workspace, mei, now)
    assert (opened.coupon_name, opened.state) == ("Latte 50", "opened")
    late = now + timedelta(hours=1)
    [expired] = await claims_of_contact(shop.db.screens, shop.workspace, mei, late)
    assert expired.state == "expired"


async def test_coupons_are_listed_by_name(shop):
    await shop.coupon(name="B")
    await shop.coupon(name="A", published=False)
    rows = await coupons_of(shop.db.screens, shop.workspace)
    assert [(row.name, row.state) for row in rows] == [("A", "draft"), ("B", "published")]
