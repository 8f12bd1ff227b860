"""Making coupons: what is accepted, how they live, how their stock follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from coupons.actions.design import (
    create,
    move,
    publish_coupon,
)
from coupons.actions.load_codes import load_codes
from coupons.actions.make_units import make_step
from coupons.actions.new_coupon import NewCoupon, check
from coupons.actions.steps import STEP, Step
from coupons.errors import CouponRefused, Refusal
from runtime.errors import Invalid, NotFound
from tests.coupons.shop import ean13

GOOD = NewCoupon(name="Tea", purpose="service", fixed_code="A")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"rules": "x" * 1001}, "rules"),
        ({"colour_page": "red"}, "colour_page"),
        ({"button_url": "javascript:alert(1)"}, "button_url"),
        ({"image_url": "http://x.example/a.png"}, "image_url"),
        ({"purpose": "gift"}, "purpose"),
        ({"code_format": "aztec"}, "code_format"),
        ({"quantity": -1}, "quantity"),
        ({"lasts_days": 0, "validity_mode": "claim"}, "lasts_days"),
        ({"validity_mode": "open"}, "lasts_minutes"),
        ({"validity_mode": "open", "lasts_days": 1, "lasts_minutes": 1}, "lasts_minutes"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(facts, field):
    """S1-19: rules have 1,000 characters at most."""
    with pytest.raises(Invalid) as refused:
        check(replace(GOOD, **facts))
    assert refused.value.field == field


def test_a_window_that_ends_before_it_starts_is_refused(clock):
    now = clock.now()
    with pytest.raises(Invalid):
        check(replace(GOOD, send_from=now, send_until=now))
    check(replace(GOOD, send_from=now, send_until=now + timedelta(seconds=1)))


async def stock(shop):
    rows = await shop.db.screens.fetch("SELECT state, count(*) AS n FROM unit GROUP BY state")
    return {row["state"]: row["n"] for row in rows}


async def test_publishing_that_was_cut_off_goes_on_where_it_stopped(shop):
    coupon = await shop.coupon(quantity=STEP + 5, published=False)
    await shop.db.screens.execute("UPDATE coupon SET state = 'preparing'")
    async with shop.db.transaction() as tx:
        assert await make_step(tx, coupon) == Step(STEP, more=True)
    await publish_coupon(shop.db, coupon, shop.clock.now())
    assert await stock(shop) == {"free": STEP + 5}
    assert await shop.db.screens.fetchval("SELECT max(seq) FROM unit") == STEP + 5
    await publish_twice(shop, coupon)


async def publish_twice(shop, coupon):
    with pytest.raises(CouponRefused):
        await publish_coupon(shop.db, coupon, shop.clock.now())
    assert await stock(shop) == {"free": STEP + 5}


async def test_lowering_withdraws_free_units_and_raising_brings_them_back_first(shop):
    coupon = await shop.coupon(quantity=3)
    await shop.claim(coupon, await shop.customer())
    await shop.set_quantity(coupon, 0)
    assert await stock(shop) == {"issued": 1, "withdrawn": 2}
    await shop.set_quantity(coupon, 5)
    assert await stock(shop) == {"issued": 1, "free": 4}
    assert await shop.db.screens.fetchval("SELECT max(seq) FROM unit") == 5


async def test_a_top_up_serves_the_next_customer(shop):
    coupon = await shop.coupon(quantity=1)
    mei, tom = await shop.customers(2)
    await shop.claim(coupon, mei)
    assert (await shop.claim(coupon, tom)).refusal is Refusal.SOLD_OUT
    await shop.set_quantity(coupon, 11)
    assert (await shop.claim(coupon, tom)).refusal is None


async def test_a_packs_total_holds_back_the_codes_beyond_it(shop):
    coupon = await shop.coupon(codes=10, quantity=4)
    assert await stock(shop) == {"free": 4}
    await shop.set_quantity(coupon, None)
    assert await stock(shop) == {"free": 10}


async def test_an_unlimited_coupon_has_no_units(shop):
    await shop.coupon()
    assert await stock(shop) == {}


async def test_a_paused_coupon_gives_nothing_and_goes_on_an_ended_one_stays_ended(shop):
    """S0-11: a coupon is switched off and on again."""
    coupon = await shop.coupon()
    mei, now = await shop.customer(), shop.clock.now()
    for state, refusal in (
        ("paused", Refusal.DISABLED),
        ("published", None),
        ("ended", Refusal.SENDING_ENDED),
        ("archived", Refusal.SENDING_ENDED),
    ):
        async with shop.db.transaction() as tx:
            await move(tx, coupon, state, now)
        assert (await shop.claim(coupon, mei)).refusal is refusal
    async with shop.db.transaction() as tx:
        with pytest.raises(CouponRefused):
            await move(tx, coupon, "published", now)


async def test_what_is_not_there_is_not_found(shop):
    now = shop.clock.now()
    with pytest.raises(NotFound):
        await publish_coupon(shop.db, shop.workspace, now)
    with pytest.raises(NotFound):
        await load_codes(shop.db, shop.workspace, ["A"], now)
    async with shop.db.transaction() as tx:
        with pytest.raises(NotFound):
            await move(tx, shop.workspace, "paused", now)


async def test_a_list_of_codes_is_loaded_and_each_refused_line_says_why(shop):
    coupon = await shop.coupon(
        code_mode="pack", code_format="ean_13", fixed_code="", published=False
    )
    good = ean13(3)
    lines = [*good, f" {good[0]} ", "", "x" * 101, "4000000000007", "ab\x00cd"]
    report = await load_codes(shop.db, coupon, lines, shop.clock.now())
    assert report.loaded == 3
    assert [(r.line, r.reason) for r in report.rejected] == [
        (4, "repeated"),
        (5, "blank"),
        (6, "long"),
        (7, "checksum"),
        (8, "control"),
    ]
    again = await load_codes(shop.db, coupon, good, shop.clock.now())
    assert (again.loaded, {r.reason for r in again.rejected}) == (0, {"stored"})
    assert await stock(shop) == {"free": 3}


async def test_leading_zeros_stay_and_dashes_and_case_do_not_make_a_code_new(shop):
    coupon = await shop.coupon(code_mode="pack", fixed_code="", published=False)
    report = await load_codes(shop.db, coupon, ["00-ab", "00AB", "0ab"], shop.clock.now())
    assert report.loaded == 2
    texts = await shop.db.screens.fetch("SELECT text FROM code ORDER BY id")
    assert [row["text"] for row in texts] == ["00-ab", "0ab"]


async def test_a_list_over_the_limit_or_for_a_fixed_code_is_refused(shop):
    pack = await shop.coupon(code_mode="pack", fixed_code="", published=False)
    with pytest.raises(Invalid, match="100,000"):
        await load_codes(shop.db, pack, ["A"] * 100_001, shop.clock.now())
    with pytest.raises(Invalid, match="fixed"):
        await load_codes(shop.db, await shop.coupon(), ["A"], shop.clock.now())


async def test_a_new_coupon_that_is_invalid_is_not_stored(shop):
    async with shop.db.transaction() as tx:
        with pytest.raises(Invalid):
            await create(tx, shop.workspace, replace(GOOD, name=""), shop.clock.now())
    assert await shop.count("coupon") == 0
