"""Voiding what remains: ordered at once, done in steps, and no till redeems any of it meanwhile."""

from __future__ import annotations

from functools import partial

import pytest

from coupons.actions.void_remaining import begin_voiding, void_step, voiding
from coupons.audit import audit
from coupons.design_queries import history, stored_coupon
from coupons.look_up import look_up
from gateway.steps import StepWorker
from gateway.unit_jobs import unit_steps
from runtime.errors import NotFound
from runtime.ids import uuid7
from runtime.live import LiveFeed
from runtime.tasks import Supervisor


async def given_out(shop, count):
    coupon = await shop.coupon(quantity=10)
    people = await shop.customers(count)
    return coupon, [(await shop.claim(coupon, person)).claim for person in people]


async def order(shop, coupon):
    async with shop.db.transaction() as tx:
        await begin_voiding(tx, shop.workspace, coupon, shop.members["ann"], shop.clock.now())


async def states(shop):
    rows = await shop.db.screens.fetch("SELECT state FROM claim ORDER BY id")
    return [row["state"] for row in rows]


async def test_it_goes_on_in_steps_until_everything_is_revoked(shop, counter):
    coupon, claims = await given_out(shop, 5)
    await counter.redeem(claims[1])
    await order(shop, coupon)
    now = shop.clock.now()
    assert await void_step(shop.db, coupon, now, most=2)
    assert await states(shop) == ["voided", "redeemed", "voided", "issued", "issued"]
    stored = await stored_coupon(shop.db.screens, shop.workspace, coupon)
    assert stored.voiding == 2
    while await void_step(shop.db, coupon, now, most=2):
        pass
    assert await states(shop) == ["voided", "redeemed", "voided", "voided", "voided"]
    stored = await stored_coupon(shop.db.screens, shop.workspace, coupon)
    assert stored.voiding is None
    [last, *_] = await history(shop.db.screens, shop.workspace, coupon)
    assert (last.what, last.changes, last.by) == ("voided", {"claims": (None, 4)}, "Ann")
    assert await shop.count("audit_entry WHERE action = 'claim.void'") == 4
    assert [books.faults for books in await audit(shop.db.screens)] == [()]


async def test_from_the_order_on_no_till_redeems_what_still_waits(shop, counter):
    coupon, [claim] = await given_out(shop, 1)
    await order(shop, coupon)
    assert await states(shop) == ["issued"]
    seen = await look_up(
        shop.db.screens, shop.workspace, claim.number, counter.ray, shop.clock.now()
    )
    assert seen.found.refusal == "voided"
    assert (await counter.redeem(claim)).refusal == "voided"
    assert await states(shop) == ["issued"]


async def test_what_a_killed_process_left_the_servers_worker_carries_on(shop, dsn):
    coupon, _ = await given_out(shop, 3)
    await order(shop, coupon)
    assert await void_step(shop.db, coupon, shop.clock.now(), most=1)
    supervisor = Supervisor()
    live = LiveFeed(dsn, shop.db.screens, supervisor)
    worker = StepWorker("units", partial(unit_steps, shop.db), shop.clock, live, supervisor)
    assert not await worker.round()
    assert await states(shop) == ["voided"] * 3
    assert await voiding(shop.db) == []


async def test_what_is_claimed_afterwards_stays(shop):
    coupon, _ = await given_out(shop, 1)
    await order(shop, coupon)
    assert not await void_step(shop.db, coupon, shop.clock.now())
    assert not await void_step(shop.db, coupon, shop.clock.now())
    await shop.claim(coupon, await shop.customer("Tom"))
    assert await states(shop) == ["voided", "issued"]


async def test_another_workspaces_coupon_is_not_found(shop):
    coupon, _ = await given_out(shop, 1)
    with pytest.raises(NotFound):
        async with shop.db.transaction() as tx:
            await begin_voiding(tx, uuid7(), coupon, shop.members["ann"], shop.clock.now())
