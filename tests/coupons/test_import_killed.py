"""A process killed in the middle of an import: what it left is finished, or leaves no trace."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest

from coupons.audit import audit
from tests.coupons.shop import ean13
from tests.coupons.test_import import Desk
from tests.waiting import let_go

# Small steps, so that a small file has many of them; the process kills itself after the given one.
CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from uuid import UUID
from coupons.actions import import_run, make_units
from gateway.apps import APPS
from runtime.clock import SystemClock
from runtime.database import Database

dsn, folder, batch, last = sys.argv[1:]
import_run.STEP = make_units.STEP = 50
told = []

def tell():
    told.append(1)
    if len(told) == int(last):
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    database = await Database(dsn, APPS).open()
    await import_run.Importer(database, Path(folder), SystemClock(), tell).run(UUID(batch))

asyncio.run(main())
"""
ROWS = 200


@pytest.fixture
async def desk(shop, tmp_path):
    coupon = await shop.coupon(
        code_mode="pack", code_format="ean_13", fixed_code="", published=True
    )
    return Desk(shop, tmp_path, coupon)


async def killed(desk, batch, after):
    """Let another process work on the batch until its step `after`, and not one instant longer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", CHILD, desk.shop.db.dsn, str(desk.folder), str(batch), str(after)),
        env=os.environ | {"PYTHONPATH": "."},
    )
    assert await process.wait() == -signal.SIGKILL
    await let_go(desk.shop.db.screens)


async def committing(desk):
    """A checked file that somebody wants to be imported; nobody works on it yet."""
    found = await desk.rehearse("\n".join([*ean13(ROWS), "none"]))
    await desk.shop.db.screens.execute(
        "UPDATE code_batch SET state = 'committing', progress = 0 WHERE id = $1", found.id
    )
    return found.id


async def test_a_check_that_was_killed_goes_on_and_counts_nothing_twice(desk):
    batch = await desk.bring("\n".join([*ean13(ROWS), "none", ean13(1)[0]]))
    await killed(desk, batch, 2)
    assert (await desk.look(batch)).progress == 100
    await desk.importer.run(batch)
    found = await desk.look(batch)
    assert (found.state, found.rows, found.good) == ("ready", ROWS + 2, ROWS)
    assert found.counts == {"symbology": 1, "repeated": 1}
    assert len(await desk.refused(batch)) == 2


async def test_until_all_of_a_batch_is_stored_none_of_it_can_be_claimed(desk):
    batch = await committing(desk)
    await killed(desk, batch, 3)
    assert len(await desk.codes()) == 150
    assert await desk.stock() == 0
    refused = await desk.shop.claim(desk.coupon, await desk.shop.customer())
    assert refused.refusal == "sold_out"
    await desk.importer.run(batch)
    done = await desk.look(batch)
    assert (done.state, done.good, done.rejected) == ("loaded", ROWS, 1)
    assert await desk.codes() == ean13(ROWS)
    assert await desk.stock() == ROWS


async def test_a_batch_cut_off_midway_may_be_discarded_whole(desk):
    batch = await committing(desk)
    await killed(desk, batch, 3)
    gone = await desk.move(batch, "discarding")
    assert (gone.state, await desk.codes(), await desk.stock()) == ("discarded", [], 0)
    assert (await desk.load("\n".join(ean13(ROWS)))).good == ROWS


async def test_units_that_a_killed_process_left_unmade_are_made_by_the_next_worker(desk):
    batch = await committing(desk)
    # Five steps store the codes, one tells that the batch is loaded, then units are made.
    await killed(desk, batch, 8)
    assert (await desk.look(batch)).state == "loaded"
    assert 0 < await desk.stock() < ROWS
    await desk.make_units()
    assert await desk.stock() == ROWS
    assert [books.faults for books in await audit(desk.shop.db.screens)] == [()]


async def test_taking_back_goes_on_where_it_was_killed(desk):
    loaded = await desk.load("\n".join(ean13(ROWS)))
    await desk.shop.db.screens.execute(
        "UPDATE code_batch SET state = 'taking_back', progress = 0 WHERE id = $1", loaded.id
    )
    await killed(desk, loaded.id, 1)
    await desk.importer.run(loaded.id)
    assert (await desk.look(loaded.id)).state == "taken_back"
    assert (await desk.codes(), await desk.stock()) == ([], 0)
