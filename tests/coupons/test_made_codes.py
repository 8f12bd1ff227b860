"""Codes we make ourselves: beforehand or at the claim, never twice, of the form the coupon asks for."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from coupons.actions.design import publish_coupon
from coupons.actions.disable_code import disable_code
from coupons.actions.generate_codes import Order, add_codes
from coupons.actions.lock_claim import Till
from coupons.actions.make_units import make_step, make_units
from coupons.batches import find_codes
from coupons.errors import Refusal
from coupons.look_up import look_up
from coupons.rules.code_shape import DIGITS, READABLE, Shape, shape_of
from runtime.errors import Invalid, NotFound
from tests.coupons.shop import ean13

FOUR = {"kind": "own", "alphabet": "AB", "length": 4}
FIXED = {"fixed_code": ""}


def rng(seed):
    return Random(seed)  # noqa: S311 (a test repeats what it draws)


async def texts(shop):
    rows = await shop.db.screens.fetch("SELECT text FROM code ORDER BY id")
    return [row["text"] for row in rows]


async def claims(shop):
    rows = await shop.db.screens.fetch("SELECT * FROM claim ORDER BY id")
    return [dict(row) for row in rows]


async def test_s2_12_a_random_code_is_made_at_each_claim_without_any_stock(shop):
    """S2-12, S3-09: unlimited; 12 digits."""
    coupon = await shop.coupon(code_mode="random", code_shape={"kind": "digits"}, **FIXED)
    assert await shop.count("unit") == 0
    for customer in await shop.customers(3):
        assert (await shop.claim(coupon, customer)).refusal is None
    codes = [row["code"] for row in await claims(shop)]
    assert sorted(codes) == sorted(await texts(shop))
    assert all(len(code) == 12 and set(code) <= set(DIGITS) for code in codes)


async def test_s2_12_a_random_coupon_may_have_a_total(shop):
    """S2-12: or a positive number."""
    coupon = await shop.coupon(code_mode="random", quantity=2, **FIXED)
    first, second, third = await shop.customers(3)
    made = await shop.settle(*(shop.request(coupon, who) for who in (first, second, third)))
    assert [one.refusal for one in made] == [None, None, Refusal.SOLD_OUT]
    assert all(set(code) <= set(READABLE) for code in await texts(shop))
    assert len(await texts(shop)) == 2


async def test_s3_09_mixed_letters_are_told_apart_by_their_case(shop):
    """S3-09: 12 characters of upper and lower case letters and digits."""
    coupon = await shop.coupon(code_mode="random", code_shape={"kind": "mixed"}, **FIXED)
    await shop.claim(coupon, await shop.customer())
    [code] = await texts(shop)
    assert len(code) == 12
    [found] = await find_codes(shop.db.screens, shop.workspace, coupon, code)
    assert found.text == code
    assert await find_codes(shop.db.screens, shop.workspace, coupon, code.swapcase()) == []
    typed = await look_up(shop.db.screens, shop.workspace, code, Till(), shop.clock.now())
    assert typed.found is not None


async def test_when_no_code_is_left_to_find_the_coupon_is_sold_out_and_keeps_its_unit(shop):
    coupon = await shop.coupon(code_mode="random", code_shape=FOUR, quantity=20, **FIXED)
    async with shop.db.transaction() as tx:
        order = Order(shop.workspace, coupon, shape_of(FOUR))
        assert len(await add_codes(tx, order, 16, rng(1))) == 16
        assert await add_codes(tx, order, 1, rng(1)) == []
    refused = await shop.claim(coupon, await shop.customer())
    assert refused.refusal is Refusal.SOLD_OUT
    assert await shop.count("unit WHERE state = 'free'") == 20
    assert await shop.count("limit_row WHERE count > 0") == 0


async def test_a_code_that_is_taken_is_drawn_again(shop):
    """Half of a tiny space is used up, so every second draw collides; the database keeps them apart."""
    coupon = await shop.coupon(code_mode="generated", code_shape=FOUR, quantity=8, **FIXED)
    assert len(set(await texts(shop))) == 8
    async with shop.db.transaction() as tx:
        order = Order(shop.workspace, coupon, shape_of(FOUR))
        drawn = (await texts(shop))[:4]
        more = await add_codes(tx, order, 4, rng(2), drawn)
    assert len({text for _, text in more} | set(await texts(shop))) == 12


async def test_s2_13_codes_made_beforehand_are_given_one_a_claim(shop):
    """S2-13, S1-20."""
    coupon = await shop.coupon(code_mode="generated", quantity=3, **FIXED)
    assert await shop.count("unit WHERE state = 'free' AND code_id IS NOT NULL") == 3
    for customer in await shop.customers(2):
        await shop.claim(coupon, customer)
    assert sorted(row["code"] for row in await claims(shop)) == sorted((await texts(shop))[:2])
    await shop.set_quantity(coupon, 5)
    assert len(set(await texts(shop))) == 5


async def test_s1_21_a_fixed_code_is_given_as_often_as_was_typed(shop):
    """S1-21."""
    coupon = await shop.coupon(fixed_code="TEA50", quantity=2)
    first, second, third = await shop.customers(3)
    made = await shop.settle(*(shop.request(coupon, who) for who in (first, second, third)))
    assert [one.refusal for one in made] == [None, None, Refusal.SOLD_OUT]
    assert {row["code"] for row in await claims(shop)} == {"TEA50"}


async def test_too_few_codes_of_a_form_stop_the_making_and_say_so(shop):
    coupon = await shop.coupon(
        code_mode="generated", code_shape=FOUR, quantity=17, published=False, **FIXED
    )
    with pytest.raises(Invalid, match="No more codes"):
        await publish_coupon(shop.db, coupon, shop.clock.now())
    assert await shop.count("unit") == 0


async def test_lowered_stock_comes_back_with_its_own_codes(shop):
    coupon = await shop.coupon(code_mode="generated", quantity=4, **FIXED)
    before = await texts(shop)
    for quantity in (1, 4):
        await shop.set_quantity(coupon, quantity)
    assert await texts(shop) == before
    assert await shop.count("unit WHERE state = 'free'") == 4


async def test_s1_22_a_claim_carries_every_code_of_its_row(shop, tmp_path):
    """S1-22."""
    coupon = await shop.coupon(code_mode="pack", code_columns=2, **FIXED)
    await shop.db.screens.execute(
        "INSERT INTO code_batch (id, workspace_id, coupon_id, state, good, created_at)"
        " VALUES ($1, $2, $3, 'loaded', 1, $4)",
        *(coupon, shop.workspace, coupon, shop.clock.now()),
    )
    await shop.db.screens.execute(
        "INSERT INTO code (workspace_id, coupon_id, batch_id, text, normalised, more)"
        " VALUES ($1, $2, $2, 'A1', 'A1', '[\"B1\"]'::text::jsonb)",
        *(shop.workspace, coupon),
    )
    await make_units(shop.db, coupon, shop.clock.now())
    await shop.claim(coupon, await shop.customer())
    [claim] = await claims(shop)
    assert (claim["code"], claim["more_codes"]) == ("A1", ["B1"])


async def test_s3_14_a_disabled_code_cannot_be_exchanged(shop):
    """S3-14: the claim that holds it is revoked."""
    coupon = await shop.coupon(codes=2, per_contact_limit=None)
    await shop.claim(coupon, await shop.customer())
    [held] = await find_codes(shop.db.screens, shop.workspace, coupon, ean13(2)[0])
    assert held.state == "issued"
    ann = shop.members["ann"]
    for _ in range(2):
        async with shop.db.transaction() as tx:
            text = await disable_code(tx, shop.workspace, coupon, held.id, ann, shop.clock.now())
        assert text == ean13(2)[0]
    assert [row["state"] for row in await claims(shop)] == ["voided"]
    [now] = await find_codes(shop.db.screens, shop.workspace, coupon, ean13(2)[0])
    assert now.state == "disabled"
    async with shop.db.transaction() as tx:
        with pytest.raises(NotFound):
            await disable_code(tx, shop.workspace, coupon, 999_999, ann, shop.clock.now())


async def test_s3_14_a_random_code_is_disabled_with_its_claim(shop):
    """S3-14."""
    coupon = await shop.coupon(code_mode="random", **FIXED)
    await shop.claim(coupon, await shop.customer())
    [held] = await find_codes(shop.db.screens, shop.workspace, coupon, (await texts(shop))[0])
    async with shop.db.transaction() as tx:
        await disable_code(
            tx, shop.workspace, coupon, held.id, shop.members["ann"], shop.clock.now()
        )
    assert [row["state"] for row in await claims(shop)] == ["voided"]


async def test_units_of_a_step_are_dense_and_in_order(shop):
    coupon = await shop.coupon(code_mode="generated", quantity=30, published=False, **FIXED)
    async with shop.db.transaction() as tx:
        assert (await make_step(tx, coupon, rng(3))).rows == 30
    rows = await shop.db.screens.fetch("SELECT seq, code_id FROM unit ORDER BY seq")
    assert [row["seq"] for row in rows] == list(range(1, 31))
    assert all(a["code_id"] < b["code_id"] for a, b in pairwise(rows))
    assert Shape(READABLE, 12).space > 10**17
