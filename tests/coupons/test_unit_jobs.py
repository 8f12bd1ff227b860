"""Publishing and topping up in the background: steps, progress, a kill, two workers, an end."""

from __future__ import annotations

import asyncio
import signal
import sys
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from coupons.actions.begin_publishing import begin_publishing
from coupons.actions.edit import KEEPS_TOTAL, Edit, NotAccepted, edit
from coupons.actions.steps import STEP, Step
from coupons.actions.take_redemption import redemption_step
from coupons.actions.unit_jobs import run_step, waiting_jobs
from coupons.design_queries import Progress, history, stored_coupon
from gateway.steps import StepWorker
from gateway.unit_jobs import unit_steps
from runtime.live import LiveFeed
from runtime.tasks import Supervisor

ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import asyncio, sys
from datetime import UTC, datetime
from uuid import UUID
from coupons.actions.unit_jobs import run_step, waiting_jobs
from gateway.apps import APPS
from runtime.database import Database

async def work(dsn):
    database = await Database(dsn, APPS).open()
    for coupon in await waiting_jobs(database):
        while await run_step(database, coupon, datetime(2026, 5, 4, 5, tzinfo=UTC)):
            print("step", flush=True)

asyncio.run(work(sys.argv[1]))
"""
FACTS = {"validity_mode": "claim", "lasts_days": 1, "published": False}


async def begin(shop, **facts):
    coupon = await shop.coupon(**(FACTS | facts))
    async with shop.db.transaction() as tx:
        await begin_publishing(tx, shop.workspace, coupon, shop.clock.now())
    return coupon


async def units(shop):
    row = await shop.db.screens.fetchrow(
        "SELECT count(*) AS n, coalesce(max(seq), 0) AS top FROM unit WHERE state = 'free'"
    )
    return tuple(row)


async def test_the_state_is_preparing_with_progress_until_every_unit_is_there(shop):
    """S1-46, S2-13: made in steps of 10,000, shown as they grow; nothing is given out before."""
    coupon = await begin(shop, quantity=2 * STEP + 5)
    now = shop.clock.now()
    assert await run_step(shop.db, coupon, now)
    stored = await stored_coupon(shop.db.screens, shop.workspace, coupon)
    assert (stored.state, stored.progress.made, stored.progress.wanted) == (
        *("preparing", STEP),
        2 * STEP + 5,
    )
    refused = await shop.claim(coupon, await shop.customer())
    assert refused.refusal == "not_started"
    assert await run_step(shop.db, coupon, now)
    assert not await run_step(shop.db, coupon, now)
    stored = await stored_coupon(shop.db.screens, shop.workspace, coupon)
    assert (stored.state, stored.progress) == ("published", None)
    assert await units(shop) == (2 * STEP + 5,) * 2


async def test_a_killed_worker_leaves_whole_steps_and_another_goes_on(shop, dsn):
    """S1-46: SIGKILL in the middle loses nothing and makes nothing twice."""
    coupon = await begin(shop, quantity=6 * STEP)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, dsn, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    for _ in range(2):
        assert await worker.stdout.readline() == b"step\n"
    worker.send_signal(signal.SIGKILL)
    await worker.wait()
    made, top = await units(shop)
    assert made == top
    assert made % STEP == 0
    while await waiting_jobs(
        shop.db
    ):  # the killed one's server process may hold the job for a moment
        await run_step(shop.db, coupon, shop.clock.now())
    assert await units(shop) == (6 * STEP,) * 2


async def test_two_workers_share_a_job_and_make_each_unit_once(shop):
    coupon = await begin(shop, quantity=3 * STEP)
    now = shop.clock.now()
    while await waiting_jobs(shop.db):
        await asyncio.gather(*(run_step(shop.db, coupon, now) for _ in range(2)))
    assert await units(shop) == (3 * STEP,) * 2


async def test_a_top_up_of_a_published_coupon_is_a_job_too(shop):
    """S1-47: quantity is added while the coupon is given out."""
    coupon = await shop.coupon(quantity=1, validity_mode="claim", lasts_days=1)
    await shop.claim(coupon, await shop.customer())
    stored = await stored_coupon(shop.db.screens, shop.workspace, coupon)
    change = Edit(
        workspace_id=shop.workspace,
        coupon_id=coupon,
        plan=replace(stored.plan, quantity=STEP + 11),
        stores=(),
        what="topped_up",
    )
    async with shop.db.transaction() as tx:
        await edit(tx, change, shop.clock.now())
    assert await run_step(shop.db, coupon, shop.clock.now())
    assert (await shop.claim(coupon, await shop.customer("Tom"))).refusal is None
    assert not await run_step(shop.db, coupon, shop.clock.now())
    assert (await units(shop))[1] == STEP + 11


async def set_quantity(shop, coupon, quantity):
    stored = await stored_coupon(shop.db.screens, shop.workspace, coupon)
    change = Edit(
        workspace_id=shop.workspace,
        coupon_id=coupon,
        plan=replace(stored.plan, quantity=quantity),
        stores=(),
        what="edited",
    )
    async with shop.db.transaction() as tx:
        await edit(tx, change, shop.clock.now())


@pytest.mark.parametrize(("before", "after"), [(None, 5), (3, None)])
async def test_a_published_coupon_keeps_having_a_total_or_having_none(shop, before, after):
    """Its claims hold units, or none do: switched, they would be counted against each other."""
    coupon = await shop.coupon(quantity=before)
    with pytest.raises(NotAccepted) as refused:
        await set_quantity(shop, coupon, after)
    assert [(one.field, one.text) for one in refused.value.problems] == [("quantity", KEEPS_TOTAL)]
    stored = await stored_coupon(shop.db.screens, shop.workspace, coupon)
    assert stored.plan.quantity == before


async def test_lowering_by_more_than_a_step_withdraws_step_by_step(shop):
    """No transaction withdraws more than 10,000 units: a long one would hold every reader of the feed back."""
    coupon = await shop.coupon(quantity=2 * STEP + 7, validity_mode="claim", lasts_days=1)
    await shop.claim(coupon, await shop.customer())
    await set_quantity(shop, coupon, 3)
    now = shop.clock.now()
    assert await run_step(shop.db, coupon, now)
    assert (await units(shop))[0] == STEP + 6
    stored = await stored_coupon(shop.db.screens, shop.workspace, coupon)
    assert stored.progress == Progress(STEP + 7, 3)
    while await run_step(shop.db, coupon, now):
        pass
    assert (await units(shop))[0] == 2
    assert await waiting_jobs(shop.db) == []


async def test_lowering_waits_for_a_unit_that_a_rival_gives_back(shop):
    """A unit locked by a claim that fails in the end is withdrawn with the rest, not forgotten."""
    coupon = await shop.coupon(quantity=3, validity_mode="claim", lasts_days=1)
    await set_quantity(shop, coupon, 0)
    async with shop.db.transaction(shop.db.claims) as rival:
        await rival.execute("SELECT 1 FROM unit WHERE seq = 2 FOR UPDATE")
        assert await run_step(shop.db, coupon, shop.clock.now())
    assert not await run_step(shop.db, coupon, shop.clock.now())
    assert await units(shop) == (0, 0)


async def test_a_total_of_redemptions_is_lowered_step_by_step_too(shop):
    coupon = await shop.coupon(redemption_limit=STEP + 2, validity_mode="claim", lasts_days=1)
    await shop.db.screens.execute("UPDATE coupon SET redemption_limit = 1")
    async with shop.db.transaction() as tx:
        assert await redemption_step(tx, coupon) == Step(-STEP, more=True)
        assert await redemption_step(tx, coupon) == Step(-1)


async def test_redemption_totals_are_made_with_the_rest(shop):
    """S0-09: a total of redemptions holds from the first claim on."""
    coupon = await begin(shop, quantity=2, redemption_limit=7)
    assert not await run_step(shop.db, coupon, shop.clock.now())
    assert await shop.db.screens.fetchval("SELECT count(*) FROM redemption_unit") == 7


async def test_codes_of_a_form_too_small_are_refused_before_publishing(shop):
    shape = {"kind": "own", "alphabet": "AB", "length": 4}
    with pytest.raises(NotAccepted) as refused:
        await begin(shop, code_mode="generated", code_shape=shape, fixed_code="", quantity=100)
    assert [one.field for one in refused.value.problems] == ["code_shape"]


async def test_a_job_that_cannot_go_on_gives_the_draft_back_and_says_why(shop):
    coupon = await begin(shop, code_mode="generated", fixed_code="", quantity=3)
    await shop.db.screens.execute(
        """UPDATE coupon SET code_shape = '{"kind": "own", "alphabet": "AB", "length": 40, "prefix": "?"}'"""
    )
    assert not await run_step(shop.db, coupon, shop.clock.now())
    stored = await stored_coupon(shop.db.screens, shop.workspace, coupon)
    assert (stored.state, stored.progress) == ("draft", None)
    [last, *_] = await history(shop.db.screens, shop.workspace, coupon)
    assert last.what == "stopped"
    assert last.changes["code_shape"][1]


async def test_the_servers_worker_publishes_what_waits(shop, dsn):
    coupon = await begin(shop, quantity=STEP + 1)
    supervisor = Supervisor()
    live = LiveFeed(dsn, shop.db.screens, supervisor)
    worker = StepWorker("units", partial(unit_steps, shop.db), shop.clock, live, supervisor)
    assert await worker.round()
    assert not await worker.round()
    stored = await stored_coupon(shop.db.screens, shop.workspace, coupon)
    assert stored.state == "published"


async def test_what_is_gone_has_no_step(shop):
    assert not await run_step(shop.db, shop.workspace, shop.clock.now())
