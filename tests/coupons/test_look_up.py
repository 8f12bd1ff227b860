"""What a till finds under what was typed or scanned."""

from __future__ import annotations

import pytest

from coupons.errors import Refusal
from tests.coupons.shop import ean13


@pytest.mark.parametrize("form", ["{}", " {} ", "lower", "dashes"])
async def test_a_number_is_found_however_it_is_typed(shop, counter, form):
    """S4-21: redeem by number."""
    claim = await counter.issue(await shop.customer("Mei Lin"))
    number = claim.number
    text = {
        "lower": number.lower(),
        "dashes": f"{number[:4]}-{number[4:8]} {number[8:]}",
    }.get(form, form.format(number))
    found = (await counter.look_up(text)).found
    assert (found.claim_id, found.coupon_name, found.first_name) == (claim.id, "Latte 50", "Mei")
    assert found.refusal is None


async def test_a_packs_code_is_found_and_a_code_for_all_only_while_one_claim_has_it(shop, counter):
    pack = await counter.issue(coupon=await shop.coupon(codes=2))
    assert (await counter.look_up(ean13(1)[0])).found.claim_id == pack.id
    coupon = await shop.coupon(fixed_code="TEA 50")
    one = await counter.issue(coupon=coupon)
    assert (await counter.look_up("tea 50")).found.claim_id == one.id
    two = await counter.issue(coupon=coupon)
    assert (await counter.look_up("TEA 50")).ambiguous
    await counter.redeem(one)
    assert (await counter.look_up("TEA 50")).found.claim_id == two.id


async def test_a_redeemed_claim_tells_its_story_and_until_when_it_may_be_undone(shop, counter):
    claim = await counter.issue()
    done = await counter.redeem(claim)
    found = (await counter.look_up(claim.number)).found
    assert (found.refusal, found.redeemed) == (Refusal.ALREADY_REDEEMED, done.redeemed)
    assert (found.undo_until - shop.clock.now()).total_seconds() == 600


async def test_what_is_not_there_is_not_told_apart_from_what_is_near(shop, counter):
    claim = await counter.issue()
    near = claim.number[:-1] + ("2" if claim.number[-1] != "2" else "3")
    answers = [await counter.look_up(text) for text in ("", "\x00", near, "nothing", "9" * 5000)]
    assert len(set(map(repr, answers))) == 1
    assert answers[0].found is None


async def test_another_workspaces_claim_is_not_there(shop, counter):
    claim = await counter.issue()
    shop.workspace = shop.stores["Daan"]
    assert (await counter.look_up(claim.number)).found is None


async def test_a_disabled_code_is_worth_nothing_at_the_till(shop, counter):
    claim = await counter.issue(coupon=await shop.coupon(codes=1))
    await shop.db.screens.execute("UPDATE code SET disabled_at = $1", shop.clock.now())
    assert (await counter.look_up(claim.number)).found.refusal is Refusal.DISABLED
    assert (await counter.redeem(claim)).refusal is Refusal.DISABLED
