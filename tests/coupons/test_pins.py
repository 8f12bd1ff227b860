"""Staff PINs: bound to stores, changed and switched off, and guessed at."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coupons.actions.pins import rotate_pin, set_pin_active, set_pin_stores
from coupons.errors import Refusal
from runtime.errors import Invalid, NotFound
from tests.coupons.counter import PIN

WAIT = timedelta(minutes=15)


async def only_in(shop, coupon, store):
    await shop.db.screens.execute(
        "INSERT INTO coupon_store (coupon_id, store_id) VALUES ($1, $2)",
        *(coupon, shop.stores[store]),
    )


async def test_a_pins_name_is_written_where_it_redeemed(shop, counter):
    """S1-63 and S1-65: the named code that staff entered stands in the ledger; S1-61: and when."""
    await counter.add_pin(name="Ray")
    claim = await counter.issue()
    assert (await counter.type_pin(claim)).refusal is None
    row = await shop.db.screens.fetchrow(
        "SELECT r.who, r.store_name, r.via, r.at, k.redeemed_at FROM redemption r"
        " JOIN claim k ON k.id = r.claim_id"
    )
    now = shop.clock.now()
    assert tuple(row) == ("Ray", "Xinyi", "pin", now, now)


async def test_a_pin_of_several_stores_redeems_where_the_coupon_holds(shop, counter):
    pin = await counter.add_pin(more=["Daan"])
    coupon = await shop.coupon()
    assert (
        await counter.type_pin(await counter.issue(coupon=coupon))
    ).redeemed.store_name == "Xinyi"
    await only_in(shop, coupon, "Daan")
    assert (
        await counter.type_pin(await counter.issue(coupon=coupon))
    ).redeemed.store_name == "Daan"
    async with shop.db.transaction() as tx:
        stores = [shop.stores["Xinyi"]]
        await set_pin_stores(tx, shop.workspace, pin, stores, shop.clock.now())
    claim = await counter.issue(coupon=coupon)
    assert (await counter.type_pin(claim)).refusal is Refusal.WRONG_STORE


async def test_a_rotated_pin_is_the_new_one_only(shop, counter):
    pin = await counter.add_pin()
    await counter.add_pin("759214", "Bo")
    claim = await counter.issue()

    async def rotate(digits, which=pin):
        async with shop.db.transaction() as tx:
            args = (tx, shop.keyring, shop.workspace, which, digits, shop.clock.now())
            await rotate_pin(*args, by=shop.members["ann"])

    for bad in ("4821", "759214"):
        with pytest.raises(Invalid):
            await rotate(bad)
    with pytest.raises(NotFound):
        await rotate("620184", shop.workspace)
    await rotate("620184")
    assert (await counter.type_pin(claim)).refusal is Refusal.WRONG_PIN
    assert (await counter.type_pin(claim, "620184")).refusal is None
    assert await shop.count("audit_entry WHERE action = 'pin.rotate' AND subject = 'Ray'") == 1


async def test_pins_that_are_not_there_or_nowhere_good_are_refused(shop, counter):
    pin = await counter.add_pin()
    now = shop.clock.now()
    async with shop.db.transaction() as tx:
        with pytest.raises(NotFound):
            await set_pin_active(tx, shop.workspace, shop.workspace, now, active=False)
        with pytest.raises(Invalid):
            await set_pin_stores(tx, shop.workspace, pin, [], now)
        with pytest.raises(NotFound):
            await set_pin_stores(tx, shop.workspace, pin, [shop.workspace], now)
        with pytest.raises(NotFound):
            await set_pin_stores(tx, shop.workspace, now_id(shop), [shop.stores["Daan"]], now)


def now_id(shop):
    return shop.members["ann"]


async def test_a_contact_guessing_on_one_device_over_many_coupons_waits(shop, counter):
    await counter.add_pin()
    mei = await shop.customer()
    claims = [await counter.issue(mei) for _ in range(6)]
    told = [await counter.type_pin(claim, "000001", device="phone") for claim in claims[:5]]
    assert [t.refusal for t in told] == [Refusal.WRONG_PIN] * 4 + [Refusal.THROTTLED]
    waiting = await counter.type_pin(claims[5], device="phone")
    assert waiting.wait_until == shop.clock.now() + WAIT
    assert (await counter.type_pin(claims[5], device="other phone")).refusal is None
    shop.clock.advance(timedelta(hours=25))
    assert (
        await counter.type_pin(claims[0], "000001", device="phone")
    ).refusal is Refusal.WRONG_PIN


async def test_fifty_wrong_pins_on_a_coupon_in_an_hour_alert_and_strangers_wait_longer(
    shop, counter
):
    await counter.add_pin()
    coupon = await shop.coupon()
    trusted = await counter.issue(coupon=coupon)
    assert (await counter.type_pin(trusted, device="known")).refusal is None
    await shop.db.screens.execute(
        "INSERT INTO pin_hour (coupon_id, hour, wrong) VALUES ($1, $2, 49)",
        *(coupon, shop.clock.now()),
    )
    first = await counter.issue(coupon=coupon)
    told = await counter.type_pin(first, "000001", device="stranger")
    assert (told.refusal, told.wait_until) == (Refusal.THROTTLED, shop.clock.now() + WAIT)
    again = await counter.type_pin(await counter.issue(coupon=coupon), "000001", device="known")
    assert again.refusal is Refusal.WRONG_PIN
    assert await shop.count("audit_entry WHERE action = 'coupon.pin_alert'") == 1
    assert (await counter.type_pin(await counter.issue(coupon=coupon))).refusal is None


async def test_a_claim_with_wrong_pins_is_frozen_at_every_till_until_the_wait_is_over(
    shop, counter
):
    await counter.add_pin()
    claim = await counter.issue()
    for _ in range(5):
        await counter.type_pin(claim, "000001")
    assert (await counter.redeem(claim)).refusal is Refusal.FROZEN
    assert (await counter.look_up(claim.number)).found.refusal is Refusal.FROZEN
    shop.clock.advance(WAIT)
    assert (await counter.redeem(claim)).refusal is None


async def test_the_pin_that_redeemed_undoes_and_another_does_not(shop, counter):
    await counter.add_pin()
    await counter.add_pin("759214", "Bo", "Daan")
    claim = await counter.issue()
    await counter.type_pin(claim)
    assert (await counter.undo_by_pin(claim, "759214")).refusal is Refusal.NOT_PERMITTED
    assert (await counter.undo_by_pin(claim, "000001")).refusal is Refusal.WRONG_PIN
    assert (await counter.undo(claim)).refusal is Refusal.NOT_PERMITTED
    assert (await counter.undo_by_pin(claim, PIN)).refusal is None
    assert await shop.count("redemption WHERE kind = 'undo' AND who = 'Ray'") == 1
