"""Callers without a transaction share batches, and never wait inside one of their own."""

from __future__ import annotations

import asyncio

import pytest

from coupons.claim_queue import ClaimQueue, Setting
from coupons.errors import Refusal
from gateway.metrics import Metrics
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from tests.coupons.shop import BASE
from tests.waiting import STOPPED, waiting


@pytest.fixture
def metrics():
    return Metrics()


@pytest.fixture
async def queue(shop, dsn, metrics):
    supervisor = Supervisor()
    live = LiveFeed(dsn, shop.db.screens, supervisor)
    setting = Setting(
        channels=shop.channels, clock=shop.clock, base_url=BASE, count=metrics.count_claims
    )
    queue = ClaimQueue(shop.db, supervisor, live, setting)
    queue.start()
    yield queue
    await supervisor.stop(1)


async def test_twenty_callers_on_seven_codes_get_seven_different_codes(shop, queue):
    coupon = await shop.coupon(codes=7)
    people = await shop.customers(20)
    results = await asyncio.gather(*(queue.claim(shop.request(coupon, p)) for p in people))
    assert sorted(str(r.refusal) for r in results) == ["None"] * 7 + ["sold_out"] * 13
    assert await shop.count("(SELECT DISTINCT code FROM claim) AS codes") == 7


async def test_a_lone_claim_goes_at_once_with_its_card(shop, queue):
    coupon = await shop.coupon()
    result = await queue.claim(shop.card_request(coupon, await shop.customer()))
    assert result.claim.message_id is not None


async def test_two_taps_of_one_customer_at_once_meet_the_limit(shop, queue):
    coupon = await shop.coupon(per_contact_limit=1)
    mei = await shop.customer()
    results = await asyncio.gather(*(queue.claim(shop.request(coupon, mei)) for _ in range(5)))
    assert [r.refusal for r in results].count(None) == 1
    assert [r.refusal for r in results].count(Refusal.CONTACT_LIMIT) == 4


async def test_the_same_key_at_once_is_one_claim(shop, queue):
    coupon = await shop.coupon(codes=5)
    mei = await shop.customer()
    request = shop.request(coupon, mei, key="form 1")
    results = await asyncio.gather(*(queue.claim(request) for _ in range(10)))
    assert len({r.claim.id for r in results}) == 1
    assert await shop.count("unit WHERE state = 'issued'") == 1


async def test_a_form_sent_again_while_the_first_is_being_settled_finds_its_claim(shop, queue):
    """The second of two clicks is answered with the claim, not with "already has it"."""
    coupon = await shop.coupon(per_contact_limit=1)
    request = shop.request(coupon, await shop.customer(), key="form 1")
    # Nobody can point at the coupon meanwhile: the first stands still after it has taken the limit.
    async with shop.db.lanes.acquire() as rival, rival.transaction():
        await rival.execute("SELECT 1 FROM coupon WHERE id = $1 FOR UPDATE", coupon)
        first = asyncio.ensure_future(queue.claim(request))
        await waiting(shop.db.screens, 1)
        second = asyncio.ensure_future(queue.claim(request))
        # Were the second settled beside it, it would come to stand still, too; it has this long to do so.
        for _ in range(500):
            if await shop.db.screens.fetchval(STOPPED) == 2:
                break
    told = [await first, await second]
    assert [result.refusal for result in told] == [None, None]
    assert len({result.claim.id for result in told}) == 1
    assert [result.claim.repeated for result in told] == [False, True]


async def test_awaiting_a_claim_inside_a_transaction_is_a_programming_error(shop, queue):
    coupon = await shop.coupon()
    request = shop.request(coupon, await shop.customer())
    with pytest.raises(RuntimeError, match="settle"):
        async with shop.db.transaction():
            await queue.claim(request)


async def test_a_request_that_cannot_be_stored_fails_alone(shop, queue):
    coupon = await shop.coupon()
    good, bad = await shop.customers(2)
    results = await asyncio.gather(
        queue.claim(shop.request(coupon, good)),
        queue.claim(shop.request(coupon, bad, key="x" * 500)),
        return_exceptions=True,
    )
    assert results[0].refusal is None
    assert "too long" in str(results[1])


async def test_a_caller_who_gave_up_takes_nothing(shop, queue):
    coupon = await shop.coupon(codes=1)
    mei, tom = await shop.customers(2)
    gone = asyncio.ensure_future(queue.claim(shop.request(coupon, mei)))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await queue.claim(shop.request(coupon, tom))).refusal is None
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_stopping_server_takes_no_claim(shop, dsn):
    supervisor = Supervisor()
    setting = Setting(channels=shop.channels, clock=shop.clock, base_url=BASE)
    live = LiveFeed(dsn, shop.db.screens, supervisor)
    queue = ClaimQueue(shop.db, supervisor, live, setting)
    queue.start()
    await supervisor.stop(1)
    with pytest.raises(RuntimeError, match="stopping"):
        await queue.claim(shop.request(shop.workspace, shop.workspace))


async def test_every_answer_is_counted_by_its_outcome(shop, queue, metrics):
    coupon = await shop.coupon(codes=5, per_contact_limit=1)
    mei = await shop.customer()
    first = shop.request(coupon, mei, key="form 1")
    for request in (first, first, shop.request(coupon, mei, key="form 2")):
        await queue.claim(request)
    read = metrics.registry.get_sample_value
    for outcome in ("issued", "repeated", "contact_limit"):
        assert read("tessera_claims_total", {"outcome": outcome}) == 1, outcome
