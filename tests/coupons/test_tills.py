"""At the till: totals, holds, purchases, and undoing a redemption."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from coupons.actions.design import move
from coupons.actions.hold_claim import release_hold
from coupons.actions.redeem import redeem_myself
from coupons.actions.take_redemption import make_redemption_units
from coupons.actions.void import void
from coupons.errors import Refusal
from coupons.rules.redeeming import Purchase
from runtime.errors import Invalid, NotFound


async def test_an_expired_coupon_is_refused_at_the_till_and_one_still_valid_is_not(shop, counter):
    """S0-12: after the range it cannot be redeemed."""
    claim = await counter.issue(validity_mode="claim", lasts_minutes=60)
    shop.clock.advance(timedelta(minutes=60))
    assert (await counter.redeem(claim)).refusal is Refusal.EXPIRED
    shop.clock.advance(-timedelta(seconds=1))
    assert (await counter.redeem(claim)).refusal is None


async def test_a_paused_coupon_is_neither_given_nor_redeemed_until_it_goes_on(shop, counter):
    """S0-13: disabled means neither issued nor redeemed."""
    coupon = await shop.coupon()
    claim = await counter.issue(coupon=coupon)
    for state, refusal in (("paused", Refusal.DISABLED), ("published", None)):
        async with shop.db.transaction() as tx:
            await move(tx, coupon, state, shop.clock.now())
        assert (await shop.claim(coupon, await shop.customer())).refusal is refusal
        assert (await counter.redeem(claim)).refusal is refusal


async def test_the_systems_limits_are_checked_by_themselves(shop, counter):
    """S0-14: redemptions in all, and of one customer, with no hand of anybody's."""
    coupon = await shop.coupon(redemption_limit=3, per_contact_redemption_limit=2)
    mei, tom = await shop.customers(2)
    claims = [await counter.issue(mei, coupon) for _ in range(3)]
    claims += [await counter.issue(tom, coupon) for _ in range(2)]
    told = [(await counter.redeem(claim)).refusal for claim in claims]
    own, total = Refusal.CONTACT_REDEMPTION_LIMIT, Refusal.REDEMPTION_LIMIT
    assert told == [None, None, own, None, total]
    assert await shop.count("redemption_unit WHERE state = 'used'") == 3
    assert await shop.count("limit_row WHERE subject LIKE 'r:%' AND count > 0") == 2


async def test_undoing_gives_totals_and_limits_back(shop, counter):
    coupon = await shop.coupon(redemption_limit=1, per_contact_redemption_limit=1)
    mei = await shop.customer()
    first, second = [await counter.issue(mei, coupon) for _ in range(2)]
    await counter.redeem(first)
    assert (await counter.redeem(second)).refusal is Refusal.REDEMPTION_LIMIT
    assert (await counter.undo(first)).refusal is None
    assert (await counter.redeem(second)).refusal is None
    assert (await counter.redeem(first)).refusal is Refusal.REDEMPTION_LIMIT


@pytest.mark.parametrize(("before", "after", "left"), [(2, 5, 4), (5, 2, 1), (None, 3, 2)])
async def test_changing_the_total_keeps_what_was_used(shop, counter, before, after, left):
    coupon = await shop.coupon(redemption_limit=before)
    await counter.redeem(await counter.issue(coupon=coupon))
    await shop.db.screens.execute("UPDATE coupon SET redemption_limit = $1", after)
    for _ in range(2):
        await make_redemption_units(shop.db, coupon, shop.clock.now())
    assert await shop.count("redemption_unit WHERE state = 'free'") == left
    assert await shop.count("redemption_unit WHERE state = 'used'") == 1


async def test_a_withdrawn_redemption_comes_back_when_the_total_is_raised(shop):
    coupon = await shop.coupon(redemption_limit=4)
    for total in (1, 4):
        await shop.db.screens.execute("UPDATE coupon SET redemption_limit = $1", total)
        await make_redemption_units(shop.db, coupon, shop.clock.now())
        assert await shop.count("redemption_unit WHERE state = 'free'") == total
    assert await shop.count("redemption_unit") == 4


async def test_a_test_claim_takes_nothing_from_the_totals(shop, counter):
    coupon = await shop.coupon(published=False, redemption_limit=0, per_contact_redemption_limit=0)
    claim = (await shop.claim(coupon, await shop.customer(), test=True)).claim
    assert (await counter.redeem(claim)).refusal is None
    assert (await counter.undo(claim)).refusal is None
    assert await shop.count("limit_row") == 0


async def test_a_till_that_says_what_is_bought_is_told_when_it_does_not_fit(counter):
    """S2-10, S2-11: the minimum spend, and the one product it is for."""
    claim = await counter.issue(
        benefit="cash_value", minimum_spend=Decimal(200), product="Oolong tea"
    )

    async def buying(amount, product):
        purchase = Purchase(amount=amount, product=product)
        return (await counter.redeem(claim, purchase=purchase, simulate=True)).refusal

    assert await buying(Decimal("199.99"), None) is Refusal.MINIMUM_SPEND
    assert await buying(Decimal(200), "Black tea") is Refusal.WRONG_PRODUCT
    assert await buying(None, "oolong TEA") is None
    assert (await counter.redeem(claim)).refusal is None


async def test_a_held_claim_is_the_holders_until_the_hold_ends(shop, counter):
    claim = await counter.issue()
    hold = (await counter.hold(claim, seconds=60)).hold
    assert (await counter.hold(claim, counter.bo)).refusal is Refusal.HELD
    assert (await counter.redeem(claim, counter.bo)).refusal is Refusal.HELD
    shop.clock.advance(timedelta(seconds=60))
    with pytest.raises(NotFound):
        await counter.confirm(hold)
    assert (await counter.redeem(claim, counter.bo)).refusal is None
    assert await shop.count("till_hold WHERE state = 'expired'") == 1


async def test_the_holder_confirms_once_however_often_it_asks(shop, counter):
    claim = await counter.issue()
    held = await counter.hold(claim, key="hold 1")
    assert await counter.hold(claim, key="hold 1") == held
    with pytest.raises(NotFound):
        await counter.confirm(held.hold, counter.bo)
    first = await counter.confirm(held.hold, key="pay 1")
    assert (first.refusal, first.redeemed.store_name) == (None, "Xinyi")
    assert await counter.confirm(held.hold, key="pay 1") == first
    with pytest.raises(NotFound):
        await counter.confirm(held.hold)
    assert await shop.count("redemption") == 1
    assert (await counter.hold(claim)).redeemed == first.redeemed


async def test_a_released_hold_lets_the_next_till_have_it(shop, counter):
    claim = await counter.issue()
    hold = (await counter.hold(claim)).hold
    other = (await counter.hold(claim)).hold
    for one, over in ((hold, True), (other, False), (other, True)):
        async with shop.db.transaction() as tx:
            args = (tx, shop.workspace, one.id, counter.ray.holder, shop.clock.now())
            if over:
                with pytest.raises(NotFound):
                    await release_hold(*args)
            else:
                await release_hold(*args)
    assert (await counter.hold(claim, counter.bo)).refusal is None


async def test_a_hold_needs_a_till_a_sensible_time_and_a_key_of_its_own(counter):
    claim = await counter.issue()
    for seconds in (9, 901):
        with pytest.raises(Invalid):
            await counter.hold(claim, seconds=seconds)
    with pytest.raises(Invalid):
        await counter.hold(claim, type(counter.ray)())
    await counter.hold(claim, key="one")
    told = (await counter.hold(claim, counter.bo, key="one")).refusal
    assert told is Refusal.IDEMPOTENCY_CONFLICT


async def test_whoever_redeemed_undoes_within_ten_minutes_and_both_events_stay(shop, counter):
    claim = await counter.issue(tag_on_redeem="redeemed")
    await counter.redeem(claim)
    shop.clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    done = await counter.undo(claim, reason=" wrong coupon ", key="undo 1")
    assert done.undone_at == shop.clock.now()
    assert await counter.undo(claim, key="undo 1") == done
    rows = await shop.db.screens.fetch("SELECT kind, who, reason FROM redemption ORDER BY at")
    assert [tuple(row) for row in rows] == [("redeem", "Ray", ""), ("undo", "Ray", "wrong coupon")]
    assert await shop.count("claim WHERE state = 'issued' AND redeemed_at IS NULL") == 1
    assert await shop.count("contact_tag") == 0
    assert (await counter.undo(claim)).refusal is Refusal.NOT_REDEEMED
    assert (await counter.redeem(claim, counter.bo)).redeemed.who == "Bo"


async def test_a_tag_stays_while_another_redeemed_coupon_carries_it(shop, counter):
    mei = await shop.customer()
    claims = [await counter.issue(mei, tag_on_redeem="regular") for _ in range(2)]
    for claim in claims:
        await counter.redeem(claim)
    await counter.undo(claims[0])
    assert await shop.count("contact_tag") == 1
    await counter.undo(claims[1])
    assert await shop.count("contact_tag") == 0


async def test_after_ten_minutes_or_by_others_a_redemption_stays_but_for_a_manager(shop, counter):
    claim = await counter.issue()
    await counter.redeem(claim)
    assert (await counter.undo(claim, counter.bo)).refusal is Refusal.NOT_PERMITTED
    with pytest.raises(Invalid):
        await counter.undo(claim, reason="  ")
    assert (await counter.undo(claim, counter.bo, manager=True)).refusal is None
    await counter.redeem(claim)
    shop.clock.advance(timedelta(minutes=10))
    assert (await counter.undo(claim, manager=True)).refusal is Refusal.UNDO_ENDED
    async with shop.db.transaction() as tx:
        other = await counter.issue()
        await void(tx, shop.workspace, [other.id], shop.members["ann"], shop.clock.now())
    assert (await counter.undo(other)).refusal is Refusal.VOIDED


async def test_a_tap_sent_again_after_the_undo_does_not_redeem_again(counter, shop):
    claim = await counter.issue()
    first = await counter.redeem(claim, key="tap")
    await counter.undo(claim, key="undo")
    again = await counter.redeem(claim, key="tap")
    assert (again.redeemed.id, again.redeemed.undone_at) == (first.redeemed.id, shop.clock.now())
    assert await shop.count("claim WHERE state = 'redeemed'") == 0
    conflict = Refusal.IDEMPOTENCY_CONFLICT
    assert (await counter.redeem(claim, key="undo")).refusal is conflict
    assert (await counter.undo(claim, key="tap")).refusal is conflict


@pytest.mark.parametrize(("stores", "noted"), [((), ""), (("Xinyi",), "Xinyi")])
async def test_the_customers_own_button_redeems_without_a_pin(shop, counter, stores, noted):
    """S2-18: the consumer presses redeem at the store."""
    coupon = await shop.coupon(redeem_mode="self")
    for name in stores:
        await shop.db.screens.execute(
            "INSERT INTO coupon_store (coupon_id, store_id) VALUES ($1, $2)",
            *(coupon, shop.stores[name]),
        )
    claim = await counter.issue(coupon=coupon)
    async with shop.db.transaction() as tx:
        done = await redeem_myself(tx, claim.id, "tap", shop.clock.now())
    assert (done.refusal, done.redeemed.store_name) == (None, noted)
    assert await shop.count("redemption WHERE via = 'self' AND who = ''") == 1


async def test_the_customers_button_works_only_where_the_coupon_says_so(shop, counter):
    claim = await counter.issue(redeem_mode="pin")
    async with shop.db.transaction() as tx:
        told = await redeem_myself(tx, claim.id, "tap", shop.clock.now())
        unknown = await redeem_myself(tx, shop.workspace, "tap", shop.clock.now())
    assert (told.refusal, unknown.refusal) == (Refusal.NOT_PERMITTED, Refusal.UNKNOWN_CODE)
