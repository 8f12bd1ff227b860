"""Quotas by period, by store and by role, and how they are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from coupons.actions.release import release
from coupons.actions.set_quota import clear_quotas, set_quotas
from coupons.errors import Refusal
from coupons.queries import offers
from coupons.rules.quota import ALWAYS, period_start
from runtime.errors import Invalid, NotFound


@pytest.mark.parametrize(
    ("period", "zone", "at", "began"),
    [
        ("total", "Asia/Taipei", "2026-05-04T05:00", None),
        ("day", "Asia/Taipei", "2026-05-04T15:59", "2026-05-03T16:00"),
        ("day", "Asia/Taipei", "2026-05-04T16:00", "2026-05-04T16:00"),
        ("week", "Asia/Taipei", "2026-05-03T15:59", "2026-04-26T16:00"),
        ("week", "Asia/Taipei", "2026-05-03T16:00", "2026-05-03T16:00"),
        ("month", "Asia/Tokyo", "2026-02-28T14:59", "2026-01-31T15:00"),
        ("month", "Asia/Tokyo", "2026-02-28T15:00", "2026-02-28T15:00"),
        ("month", "Asia/Bangkok", "2024-02-29T17:00", "2024-02-29T17:00"),
        # Summer time began on 29 March at 01:00 UTC: the week's Monday was still at +1, the next is at +2.
        ("week", "Europe/Berlin", "2026-03-29T12:00", "2026-03-22T23:00"),
        ("week", "Europe/Berlin", "2026-03-30T12:00", "2026-03-29T22:00"),
        ("month", "Europe/Berlin", "2026-10-31T12:00", "2026-09-30T22:00"),
    ],
)
def test_periods_are_calendar_days_monday_weeks_and_months_of_the_shop(period, zone, at, began):
    start = period_start(period, datetime.fromisoformat(at).replace(tzinfo=UTC), zone)
    expected = datetime.fromisoformat(began).replace(tzinfo=UTC) if began else ALWAYS
    assert start == expected


@pytest.mark.parametrize(
    ("period", "wait"),
    [("day", timedelta(days=1)), ("week", timedelta(days=7)), ("month", timedelta(days=31))],
)
async def test_a_members_quota_fills_again_when_the_next_period_begins(shop, clock, period, wait):
    """S1-08, S1-13: how many a member may send counts for the period that is set."""
    coupon = await shop.coupon(purpose="service", default_quota=1, quota_period=period)
    sue = shop.members["sue"]
    mei, tom, lin = await shop.customers(3)
    assert (await shop.claim(coupon, mei, member_id=sue)).claim is not None
    assert (await shop.claim(coupon, tom, member_id=sue)).refusal is Refusal.MEMBER_QUOTA
    assert (await offers(shop.db.screens, sue, lin, clock.now()))[0].left_for_you == 0
    clock.advance(wait)
    assert (await offers(shop.db.screens, sue, lin, clock.now()))[0].left_for_you == 1
    assert (await shop.claim(coupon, tom, member_id=sue)).claim is not None


async def test_a_release_gives_back_to_the_period_it_was_taken_from(shop, clock):
    coupon = await shop.coupon(purpose="service", default_quota=1, quota_period="day")
    sue = shop.members["sue"]
    mei, tom = await shop.customers(2)
    first = (await shop.claim(coupon, mei, member_id=sue)).claim
    clock.advance(timedelta(days=1))
    await shop.claim(coupon, tom, member_id=sue)
    async with shop.db.transaction() as tx:
        await release(tx, [first.id], clock.now(), code_was_shown=False)
    rows = await shop.db.screens.fetch(
        "SELECT count FROM limit_row WHERE coupon_id = $1 AND subject LIKE 'm:%' ORDER BY period_start",
        coupon,
    )
    assert [row["count"] for row in rows] == [0, 1]


@pytest.mark.parametrize(
    ("who", "stores", "works_in", "may"),
    [
        ("sel", ["Xinyi"], ["Xinyi"], True),
        ("sel", ["Xinyi"], ["Daan"], False),
        ("sel", ["Xinyi"], [], False),
        ("sel", ["Xinyi", "Daan"], ["Daan"], True),
        ("sel", [], [], True),
        ("ann", ["Xinyi"], [], True),
        ("sue", ["Xinyi"], ["Xinyi"], False),
        ("ray", ["Xinyi"], ["Xinyi"], False),
    ],
)
async def test_a_seller_sends_sales_coupons_of_their_own_stores_only(
    shop, who, stores, works_in, may
):
    """S1-09, S1-06: applicable stores decide what a seller may send."""
    coupon = await shop.coupon(purpose="sales")
    member, mei = shop.members[who], await shop.customer()
    await _link(shop, "coupon_store (coupon_id, store_id)", coupon, stores)
    await _link(shop, "member_store (member_id, store_id)", member, works_in)
    result = await shop.claim(coupon, mei, member_id=member)
    assert result.refusal is (None if may else Refusal.NOT_PERMITTED)
    listed = await offers(shop.db.screens, member, await shop.customer(), shop.clock.now())
    assert bool(listed) is may


async def _link(shop, table, owner, stores):
    for name in stores:
        await shop.db.screens.execute(
            f"INSERT INTO {table} VALUES ($1, $2)",  # noqa: S608 (tests' own words)
            *(owner, shop.stores[name]),
        )


async def test_a_sales_persons_own_cap_holds(shop):
    """S1-10: count each sales person may send."""
    coupon = await shop.coupon(purpose="sales", default_quota=5)
    seller = shop.members["sel"]
    async with shop.db.transaction() as tx:
        await set_quotas(tx, coupon, {str(seller): 1}, shop.clock.now())
    mei, tom = await shop.customers(2)
    assert (await shop.claim(coupon, mei, member_id=seller)).claim is not None
    assert (await shop.claim(coupon, tom, member_id=seller)).refusal is Refusal.MEMBER_QUOTA


async def test_many_quotas_change_together_or_not_at_all(shop):
    coupon = await shop.coupon(purpose="service", default_quota=5)
    sue, ann = str(shop.members["sue"]), str(shop.members["ann"])
    for person in await shop.customers(3):
        await shop.claim(coupon, person, member_id=shop.members["sue"])
    now = shop.clock.now()
    with pytest.raises(Invalid, match="Sue has sent 3 already: set 3 or more, or 0 to stop them"):
        async with shop.db.transaction() as tx:
            await set_quotas(tx, coupon, {ann: 9, sue: 2}, now)
    assert await shop.count("quota_value") == 0
    async with shop.db.transaction() as tx:
        await set_quotas(
            tx, coupon, {ann: 9, sue: 0, "supervisor": None}, now, by=shop.members["ann"]
        )
    assert await shop.count("quota_value") == 3
    assert await shop.count("audit_entry WHERE action = 'coupon.quota'") == 3
    lin = await shop.customer("Lin")
    stopped = await shop.claim(coupon, lin, member_id=shop.members["sue"])
    assert stopped.refusal is Refusal.MEMBER_QUOTA
    async with shop.db.transaction() as tx:
        await clear_quotas(tx, coupon, [ann, sue], now)
    assert (await shop.claim(coupon, lin, member_id=shop.members["sue"])).claim is not None


@pytest.mark.parametrize("who", ["nobody", "00000000-0000-0000-0000-000000000000"])
async def test_a_quota_belongs_to_a_member_or_role_of_the_workspace(shop, who):
    coupon = await shop.coupon(purpose="service")
    with pytest.raises(NotFound):
        async with shop.db.transaction() as tx:
            await set_quotas(tx, coupon, {who: 1}, shop.clock.now())
