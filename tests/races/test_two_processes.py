"""Two processes on one database: stock, quota and limit hold to the last one, and no code is given twice."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import AsyncExitStack

import msgspec
import pytest

from coupons.audit import audit
from tests.waiting import waiting

CALLERS = 20
# The queue of a server. A first line names the database, each other is requests, answered by a line of
# refusals; an empty one is the end of this server's time on it, and another database may follow.
CHILD = """
import asyncio, sys
import msgspec
from channels import registry
from coupons.claim_queue import ClaimQueue, Setting
from coupons.requests import ClaimRequest
from gateway.apps import APPS
from runtime.clock import SystemClock
from runtime.database import Database
from runtime.live import LiveFeed
from runtime.tasks import Supervisor

def line():
    return asyncio.to_thread(lambda: sys.stdin.readline().rstrip("\\n"))

async def serve(dsn):
    database, supervisor = await Database(dsn, APPS).open(), Supervisor()
    live = LiveFeed(dsn, database.screens, supervisor)
    setting = Setting(channels=registry.load(), clock=SystemClock(), base_url="https://shop.example")
    queue = ClaimQueue(database, supervisor, live, setting)
    queue.start()
    print("ready", flush=True)
    while asked := await line():
        requests = msgspec.json.decode(asked, type=list[ClaimRequest])
        results = await asyncio.gather(*(queue.claim(one) for one in requests))
        told = [None if one.refusal is None else str(one.refusal) for one in results]
        print(msgspec.json.encode(told).decode(), flush=True)
    await supervisor.stop(1)
    await database.close()
    print("done", flush=True)

async def main():
    while dsn := await line():
        await serve(dsn)

asyncio.run(main())
"""


class Another:
    """A process of its own that claims what it is told to."""

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CHILD),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": "."},
        )

    async def ask(self, line: bytes) -> bytes:
        """Write a line, and return the one that answers it."""
        self.process.stdin.write(line + b"\n")
        async with asyncio.timeout(60):
            return (await self.process.stdout.readline()).rstrip()

    async def stop(self):
        self.process.stdin.close()
        try:
            async with asyncio.timeout(60):
                assert await self.process.wait() == 0
        finally:
            if self.process.returncode is None:
                self.process.kill()
                await self.process.wait()


@pytest.fixture(scope="module")
async def started():
    """Two processes that have imported everything: that costs more than their work."""
    async with AsyncExitStack() as stack:
        both = [Another(), Another()]
        for one in both:
            await one.start()
            stack.push_async_callback(one.stop)
        yield both


@pytest.fixture
async def processes(started, shop):
    """The two, each with its own queue and connections to this test's database."""
    for one in started:
        assert await one.ask(shop.db.dsn.encode()) == b"ready"
    yield started
    for one in started:
        assert await one.ask(b"") == b"done"


async def both_claim(processes, requests):
    """Let two processes claim at once, half of the requests each; return the refusals."""
    lines = await asyncio.gather(
        *(
            process.ask(msgspec.json.encode(requests[place::2]))
            for place, process in enumerate(processes)
        )
    )
    return [refusal for line in lines for refusal in msgspec.json.decode(line)]


@pytest.mark.parametrize("scarce", ["stock", "quota", "limit"])
async def test_two_processes_give_out_exactly_what_there_is(shop, processes, scarce):
    for most in (CALLERS - 1, CALLERS, CALLERS + 1):
        requests, word = await ways_to_run_out(shop, scarce, most)
        told = await both_claim(processes, requests)
        granted = min(most, CALLERS)
        assert told.count(None) == granted
        assert told.count(word) == CALLERS - granted
    claims = await shop.count("claim")
    assert claims == CALLERS - 1 + 2 * CALLERS
    codes = await shop.count("(SELECT DISTINCT coupon_id, unit_id FROM claim) AS units")
    assert scarce != "stock" or codes == claims
    assert [books.faults for books in await audit(shop.db.screens)] == [()] * 3


@pytest.mark.parametrize("scarce", ["limit", "stock"])
async def test_one_form_sent_to_both_at_once_is_one_claim_and_both_say_so(shop, processes, scarce):
    """Both clicks are answered with the claim that was made, although only one of them made it."""
    facts = {"per_contact_limit": 1} if scarce == "limit" else {"quantity": 1}
    coupon = await shop.coupon(**facts)
    form = shop.request(coupon, await shop.customer(), source="console", key="form 1")
    # Nobody can point at the coupon meanwhile: the first stands still with what it has taken.
    async with shop.db.transaction(shop.db.lanes) as tx:
        await tx.execute("SELECT 1 FROM coupon WHERE id = $1 FOR UPDATE", coupon)
        told = asyncio.ensure_future(both_claim(processes, [form, form]))
        await waiting(shop.db.screens, 2)
    assert await told == [None, None]
    assert await shop.count("claim") == 1
    assert [books.faults for books in await audit(shop.db.screens)] == [()]


async def ways_to_run_out(shop, scarce, most):
    """Return the requests of so many callers for a coupon of which `most` can be given, and the refusal."""
    if scarce == "stock":
        coupon = await shop.coupon(quantity=most)
        people, facts, word = await shop.customers(CALLERS), {}, "sold_out"
    elif scarce == "quota":
        coupon = await shop.coupon(purpose="service", default_quota=most)
        people, facts = await shop.customers(CALLERS), {"member_id": shop.members["sue"]}
        word = "member_quota"
    else:
        coupon = await shop.coupon(per_contact_limit=most)
        people, facts, word = [await shop.customer()] * CALLERS, {}, "contact_limit"
    return [shop.request(coupon, person, **facts) for person in people], word
