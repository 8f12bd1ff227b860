"""Redeeming by staff PIN: once, in the right store, with waits after wrong PINs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from coupons.actions.lock_claim import Till, lock_claim
from coupons.actions.open_claim import open_claim
from coupons.actions.pins import NewPin, add_pin, set_pin_active
from coupons.actions.redeem import redeem
from coupons.actions.redeem_by_pin import redeem_by_pin
from coupons.actions.void import void
from coupons.errors import Refusal
from runtime.errors import Invalid, NotFound
from runtime.keys import Keyring


@pytest.fixture
async def till(shop):
    """Ray's PIN 4821 at Xinyi, and a way to type PINs."""
    pin_id = await shop.rays_pin()

    async def type_pin(claim, pin, key="tap 1"):
        async with shop.db.transaction() as tx:
            return await redeem_by_pin(tx, shop.keyring, claim.id, pin, key, shop.clock.now())

    type_pin.pin_id = pin_id
    return type_pin


async def issue(shop, **facts):
    coupon = await shop.coupon(**facts)
    return (await shop.claim(coupon, await shop.customer())).claim


async def test_the_right_pin_redeems_and_writes_who_and_where(shop, till):
    claim = await issue(shop, tag_on_redeem="redeemed")
    result = await till(claim, "4821")
    assert result.refusal is None
    assert (result.redeemed.who, result.redeemed.store_name) == ("Ray", "Xinyi")
    row = await shop.db.screens.fetchrow("SELECT * FROM claim")
    assert (row["state"], row["redeemed_at"]) == ("redeemed", shop.clock.now())
    assert (
        await shop.count("contact_tag JOIN tag t ON t.id = tag_id WHERE t.name = 'redeemed'") == 1
    )


async def test_the_same_tap_again_returns_the_first_result_and_another_is_told_when(shop, till):
    claim = await issue(shop)
    first = await till(claim, "4821")
    shop.clock.advance(timedelta(minutes=2))
    assert await till(claim, "4821") == first
    other = await till(claim, "4821", key="tap 2")
    assert other.refusal is Refusal.ALREADY_REDEEMED
    assert other.redeemed == first.redeemed
    assert await shop.count("redemption") == 1


async def test_five_wrong_pins_make_the_claim_wait_and_each_wait_doubles(shop, till):
    claim = await issue(shop, lasts_minutes=None)
    refusals = [(await till(claim, "0000")).refusal for _ in range(5)]
    assert refusals == [Refusal.WRONG_PIN] * 4 + [Refusal.THROTTLED]
    right = await till(claim, "4821")
    assert right.refusal is Refusal.THROTTLED
    assert right.wait_until == shop.clock.now() + timedelta(minutes=15)
    assert await shop.count("audit_entry WHERE action = 'claim.pin_wait'") == 1
    shop.clock.advance(timedelta(minutes=15))
    again = [await till(claim, "0000") for _ in range(5)]
    assert again[-1].wait_until == shop.clock.now() + timedelta(minutes=30)
    shop.clock.advance(timedelta(minutes=30))
    assert (await till(claim, "4821")).refusal is None


async def test_wrong_pins_on_one_claim_do_not_slow_another(shop, till):
    first, second = await issue(shop), await issue(shop)
    for _ in range(5):
        await till(first, "0000")
    assert (await till(second, "4821")).refusal is None


async def test_the_pin_of_another_store_is_refused_with_the_reason_and_counts_as_no_wrong_pin(
    shop, till
):
    coupon = await shop.coupon()
    claim = (await shop.claim(coupon, await shop.customer())).claim
    await shop.db.screens.execute(
        "INSERT INTO coupon_store (coupon_id, store_id) VALUES ($1, $2)",
        *(coupon, shop.stores["Daan"]),
    )
    assert (await till(claim, "4821")).refusal is Refusal.WRONG_STORE
    assert await shop.count("pin_attempt") == 0
    await shop.db.screens.execute("UPDATE coupon_store SET store_id = $1", shop.stores["Xinyi"])
    assert (await till(claim, "4821")).refusal is None
    assert (await till(claim, "", key="tap 2")).refusal is Refusal.ALREADY_REDEEMED


async def test_a_pin_that_was_switched_off_is_wrong(shop, till):
    claim = await issue(shop)
    async with shop.db.transaction() as tx:
        await set_pin_active(tx, shop.workspace, till.pin_id, shop.clock.now(), active=False)
    assert (await till(claim, "4821")).refusal is Refusal.WRONG_PIN
    async with shop.db.transaction() as tx:
        for _ in range(2):
            await set_pin_active(tx, shop.workspace, till.pin_id, shop.clock.now(), active=True)
    assert (await till(claim, "4821")).refusal is None
    assert await shop.count("audit_entry WHERE action IN ('pin.on', 'pin.off')") == 2


async def test_an_expired_claim_is_refused_at_its_very_end(shop, till):
    claim = await issue(shop, validity_mode="claim", lasts_minutes=180)
    shop.clock.advance(timedelta(hours=3))
    assert (await till(claim, "4821")).refusal is Refusal.EXPIRED
    shop.clock.advance(-timedelta(seconds=1))
    assert (await till(claim, "4821")).refusal is None


async def test_a_revoked_claim_is_refused_before_anything_else(shop, till):
    claim = await issue(shop, quantity=5)
    async with shop.db.transaction() as tx:
        ids = await void(tx, shop.workspace, [claim.id], shop.members["ann"], shop.clock.now())
    assert ids == [claim.id]
    assert (await till(claim, "4821")).refusal is Refusal.VOIDED
    assert await shop.count("unit WHERE state = 'void'") == 1
    assert await shop.count("audit_entry WHERE action = 'claim.void'") == 1


async def test_a_simulated_redemption_writes_nothing(shop):
    claim = await issue(shop)
    async with shop.db.transaction() as tx:
        held = await lock_claim(tx, claim.id, shop.clock.now(), shop.workspace)
        till = Till(store_id=shop.stores["Xinyi"], store_name="Xinyi", who="Ray")
        result = await redeem(tx, held, till, "k", shop.clock.now(), simulate=True)
    assert result.refusal is None
    assert await shop.count("redemption") == 0


async def test_a_till_of_another_workspace_does_not_find_the_claim(shop, till):
    claim = await issue(shop)
    async with shop.db.transaction() as tx:
        assert await lock_claim(tx, claim.id, shop.clock.now(), shop.stores["Xinyi"]) is None
        unknown = await redeem_by_pin(
            tx, shop.keyring, shop.workspace, "4821", "k", shop.clock.now()
        )
    assert unknown.refusal is Refusal.UNKNOWN_CODE


async def test_a_clock_from_first_opening_starts_once(shop, till):
    """S1-34: the tag is put on at the first opening."""
    coupon = await shop.coupon(validity_mode="open", lasts_minutes=30, tag_on_open="opened")
    claim = (await shop.claim(coupon, await shop.customer())).claim
    assert (await till(claim, "4821")).refusal is Refusal.NOT_YET_VALID
    firsts = []
    for _ in range(2):
        async with shop.db.transaction() as tx:
            firsts.append(await open_claim(tx, claim.id, shop.clock.now()))
        shop.clock.advance(timedelta(minutes=5))
    assert firsts == [True, False]
    row = await shop.db.screens.fetchrow("SELECT * FROM claim")
    assert row["valid_until"] - row["first_opened_at"] == timedelta(minutes=30)
    assert await shop.count("contact_tag JOIN tag t ON t.id = tag_id WHERE t.name = 'opened'") == 1
    assert (await till(claim, "4821")).refusal is None


@pytest.mark.parametrize(
    "pin",
    ["4821", "48215", "482159371", "48215a", "４８２１５９", "", "123456", "777777", "121212"],
)
async def test_a_pin_is_six_to_eight_digits_without_a_pattern(shop, pin):
    new = NewPin(workspace_id=shop.workspace, store_id=shop.stores["Daan"], name="X", pin=pin)
    async with shop.db.transaction() as tx:
        with pytest.raises(Invalid):
            await add_pin(tx, shop.keyring, new, shop.clock.now())


async def test_a_pin_is_one_persons_in_one_known_store(shop, till):
    def new(**facts):
        known = {"workspace_id": shop.workspace, "store_id": shop.stores["Daan"], "name": "Bo"}
        return NewPin(**(known | {"pin": "4821", "demo": True} | facts))

    for facts, error in (
        ({}, Invalid),
        ({"pin": "482159", "name": " "}, Invalid),
        ({"pin": "482159", "name": "RAY"}, Invalid),
        ({"pin": "482159", "store_id": shop.workspace}, NotFound),
    ):
        async with shop.db.transaction() as tx:
            with pytest.raises(error):
                await add_pin(tx, shop.keyring, new(**facts), shop.clock.now())


async def test_a_pin_outlives_a_change_of_the_secret_key(shop, till):
    claim = await issue(shop)
    old = "a key for tests only and of no use elsewhere"
    shop.keyring = Keyring(f"the key that came after and is long enough,{old}")
    again = NewPin(
        workspace_id=shop.workspace, store_id=shop.stores["Daan"], name="X", pin="4821", demo=True
    )
    with pytest.raises(Invalid, match="taken"):
        async with shop.db.transaction() as tx:
            await add_pin(tx, shop.keyring, again, shop.clock.now())
    assert (await till(claim, "4821")).refusal is None


async def test_a_till_that_repeats_its_key_gets_the_first_result(shop):
    claim = await issue(shop)
    till = Till(store_id=shop.stores["Xinyi"], store_name="Xinyi", who="Ray")

    async def tap(key):
        async with shop.db.transaction() as tx:
            held = await lock_claim(tx, claim.id, shop.clock.now(), shop.workspace)
            return await redeem(tx, held, till, key, shop.clock.now())

    first = await tap("k")
    assert await tap("k") == first
    assert (await tap("other")).refusal is Refusal.ALREADY_REDEEMED


async def test_a_test_claim_is_redeemed_without_a_tag(shop, till):
    coupon = await shop.coupon(published=False, tag_on_redeem="redeemed", tag_on_open="opened")
    claim = (await shop.claim(coupon, await shop.customer(), test=True)).claim
    async with shop.db.transaction() as tx:
        assert await open_claim(tx, claim.id, shop.clock.now())
    assert (await till(claim, "4821")).refusal is None
    assert await shop.count("contact_tag") == 0


async def test_a_redeemed_claim_without_a_ledger_row_is_still_used(shop, till):
    claim = await issue(shop)
    await shop.db.screens.execute("UPDATE claim SET state = 'redeemed'")
    assert (await till(claim, "4821")).refusal is Refusal.ALREADY_REDEEMED
