"""A shop's own tills look coupons up, hold, confirm, release, redeem and undo; each once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from runtime.ids import uuid7
from team.tokens import Scope


@pytest.fixture
async def latte(shop):
    """A claim of a coupon that holds everywhere."""
    return (await shop.claim(await shop.coupon(), await shop.customer())).claim


async def count(shop):
    return await shop.count("redemption WHERE kind = 'redeem'")


async def test_a_till_looks_up_holds_and_confirms(shop, till, latte):
    caller = await till(store="Xinyi")
    typed = f"{latte.number[:4]}-{latte.number[4:8]} {latte.number[8:].lower()}"
    response, told = await caller.ask("look_up", number=typed)
    assert (response.status, told["result"], told["refusal"]) == (200, "claim", None)
    assert (told["number"], told["coupon"]) == (latte.number, "Latte 50")
    response, held = await caller.ask("hold", number=latte.number, seconds=60)
    assert (response.status, held["state"]) == (200, "held")
    response, done = await caller.ask("confirm", hold_id=held["hold_id"])
    assert (response.status, done["redeemed"]["store"]) == (200, "Xinyi")
    assert done["redeemed"]["who"] == "Till 1"
    assert await count(shop) == 1


async def test_a_look_up_changes_nothing_and_needs_no_key(shop, till, latte):
    caller = await till(store="Xinyi", scopes=[Scope.REDEMPTIONS_READ])
    for _ in range(2):
        response, told = await caller.post(
            "/redemptions",
            {"action": "look_up", "number": latte.number},
            **{"Idempotency-Key": ""},
        )
        assert (response.status, told["state"]) == (200, "issued")
    response, told = await caller.ask("redeem", number=latte.number)
    assert (response.status, told["code"]) == (403, "insufficient_scope")
    assert await count(shop) == 0


async def test_another_till_is_told_that_it_is_held_until_the_hold_ends(shop, till, latte, clock):
    first, second = await till("A", store="Xinyi"), await till("B", store="Daan")
    await first.ask("hold", number=latte.number, seconds=60)
    response, told = await second.ask("redeem", number=latte.number)
    assert (response.status, told["code"]) == (409, "held")
    clock.advance(timedelta(seconds=60))
    response, done = await second.ask("redeem", number=latte.number)
    assert (response.status, done["redeemed"]["store"]) == (200, "Daan")


async def test_two_tills_of_one_token_are_told_apart(shop, till, latte):
    caller = await till(store="Xinyi")
    _, held = await caller.ask("hold", number=latte.number, till="left")
    response, told = await caller.ask("redeem", number=latte.number, till="right")
    assert (response.status, told["code"]) == (409, "held")
    response, _ = await caller.ask("confirm", hold_id=held["hold_id"], till="right")
    assert response.status == 404
    response, _ = await caller.ask("confirm", hold_id=held["hold_id"], till="left")
    assert response.status == 200


async def test_a_released_hold_is_over(shop, till, latte):
    caller, other = await till("A", store="Xinyi"), await till("B", store="Daan")
    _, held = await caller.ask("hold", number=latte.number)
    response, told = await caller.ask("release", hold_id=held["hold_id"])
    assert (response.status, told["result"]) == (200, "released")
    assert (await other.ask("redeem", number=latte.number))[0].status == 200
    assert (await caller.ask("confirm", hold_id=held["hold_id"]))[0].status == 404


async def test_the_same_key_redeems_once_and_another_is_told_when_and_where(shop, till, latte):
    caller = await till(store="Xinyi")
    answers = [await caller.ask("redeem", number=latte.number, key="receipt-1") for _ in range(3)]
    assert [response.status for response, _ in answers] == [200] * 3
    assert answers[0][1] == answers[2][1]
    response, told = await caller.ask("redeem", number=latte.number)
    assert (response.status, told["code"]) == (409, "already_redeemed")
    assert told["redeemed"]["store"] == "Xinyi"
    assert await count(shop) == 1


async def test_the_same_key_is_told_alike_that_there_is_no_such_hold(till):
    caller, hold = await till(store="Xinyi"), str(uuid7())
    answers = [await caller.ask("confirm", hold_id=hold, key="receipt-1") for _ in range(2)]
    assert [response.status for response, _ in answers] == [404] * 2
    assert answers[0][1] == answers[1][1]
    assert answers[1][0].headers["Idempotency-Replayed"] == "true"


async def test_twenty_tills_at_once_redeem_once(shop, till, latte):
    tills = [await till(f"Till {n}", store="Xinyi") for n in range(20)]
    answers = await asyncio.gather(*(one.ask("redeem", number=latte.number) for one in tills))
    assert sorted(response.status for response, _ in answers) == [200] + [409] * 19
    assert {told.get("code") for _, told in answers} == {None, "already_redeemed"}
    assert await count(shop) == 1


async def test_a_simulation_checks_and_changes_nothing(shop, till, latte):
    caller = await till(store="Xinyi")
    response, told = await caller.ask("redeem", number=latte.number, simulate=True)
    assert (response.status, told["simulated"]) == (200, True)
    assert await count(shop) == 0
    assert (await caller.ask("redeem", number=latte.number))[1]["simulated"] is False


async def test_a_redemption_is_undone_by_the_token_that_made_it_within_ten_minutes(
    shop, till, latte, clock
):
    caller, other = await till("A", store="Xinyi"), await till("B", store="Xinyi")
    await caller.ask("redeem", number=latte.number)
    response, told = await other.ask("undo", number=latte.number, reason="not mine")
    assert (response.status, told["code"]) == (403, "not_permitted")
    clock.advance(timedelta(minutes=9, seconds=59))
    response, told = await caller.ask("undo", number=latte.number, reason="wrong customer")
    assert (response.status, told["result"]) == (200, "undone")
    assert (await caller.ask("redeem", number=latte.number))[0].status == 200
    clock.advance(timedelta(minutes=10))
    response, told = await caller.ask("undo", number=latte.number, reason="too late")
    assert (response.status, told["code"]) == (409, "undo_ended")
    assert await shop.count("redemption") == 3


@pytest.mark.parametrize(
    ("spent", "status", "code"),
    [("299.99", 409, "minimum_spend"), ("300", 200, None), ("300.00", 200, None)],
)
async def test_what_is_bought_must_be_enough(shop, till, spent, status, code):
    coupon = await shop.coupon(
        benefit="cash_value", benefit_value=Decimal(50), minimum_spend=Decimal(300)
    )
    claim = (await shop.claim(coupon, await shop.customer())).claim
    caller = await till(store="Xinyi")
    response, told = await caller.ask("redeem", number=claim.number, amount=spent)
    assert (response.status, told.get("code")) == (status, code)


async def test_a_token_of_a_store_redeems_there_only(shop, till, latte):
    bound, free = await till("A", store="Xinyi"), await till("B")
    elsewhere = str(shop.stores["Daan"])
    response, told = await bound.ask("redeem", number=latte.number, store_id=elsewhere)
    assert (response.status, told["code"]) == (403, "wrong_store")
    response, told = await free.ask("redeem", number=latte.number, store_id=str(uuid7()))
    assert (response.status, told["code"]) == (404, "not_found")
    response, told = await free.ask("redeem", number=latte.number, store_id=elsewhere)
    assert (response.status, told["redeemed"]["store"]) == (200, "Daan")


async def test_another_workspaces_claims_do_not_exist(shop, till):
    other = await type(shop)(shop.db, shop.clock, shop.keyring).build()
    claim = (await other.claim(await other.coupon(), await other.customer())).claim
    caller = await till(store="Xinyi")
    for action in ("look_up", "hold", "redeem"):
        response, told = await caller.ask(action, number=claim.number)
        assert (response.status, told["code"]) == (404, "unknown_code")


async def test_a_code_that_several_customers_have_is_not_guessed(shop, till):
    coupon = await shop.coupon(fixed_code="TEA50")
    for person in await shop.customers(2):
        await shop.claim(coupon, person)
    response, told = await (await till(store="Xinyi")).ask("look_up", number="TEA50")
    assert (response.status, told["code"]) == (409, "ambiguous")


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "nothing", "number": "X"},
        {"action": "redeem"},
        {"action": "redeem", "number": ""},
        {"action": "redeem", "number": "A\x00B"},
        {"action": "redeem", "number": "X", "amount": "-1"},
        {"action": "hold", "number": "X", "seconds": 0},
        {"action": "hold", "number": "X", "seconds": 10_000},
        {"action": "confirm", "hold_id": "nonsense"},
        {"action": "undo", "number": "X", "reason": " "},
        {"action": "look_up", "number": "X", "colour": "red"},
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(till, fields):
    response, told = await (await till()).post("/redemptions", fields)
    assert (response.status, told["code"]) == (422, "invalid")
