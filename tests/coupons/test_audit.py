"""The books add up after everything that can happen, and say so when they do not."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import pytest

from coupons.actions.release import release
from coupons.actions.void import void
from coupons.audit import audit
from coupons.rollups import follow, rebuild
from tests.coupons.counter import Counter
from tests.feed import all_visible


async def catch_up(shop):
    await all_visible(shop.db)
    while (done := await follow(shop.db, shop.clock.now())) is None or done.more:
        if done is None:
            await rebuild(shop.db, shop.clock.now())


@pytest.fixture
async def busy(shop):
    """A coupon of a pack with a claim of every kind, its figures counted; returns it with its claims."""
    await rebuild(shop.db, shop.clock.now())
    coupon = await shop.coupon(
        purpose="service", codes=10, default_quota=5, per_contact_daily_limit=2, quota_period="week"
    )
    sue, counter = shop.members["sue"], Counter(shop)
    people = await shop.customers(5)
    claims = [(await shop.claim(coupon, one, member_id=sue)).claim for one in people]
    async with shop.db.transaction() as tx:
        await release(tx, [claims[0].id], shop.clock.now(), code_was_shown=True)
        await void(tx, shop.workspace, [claims[1].id], sue, shop.clock.now())
    await counter.redeem(claims[2])
    await counter.undo(claims[2])
    await counter.redeem(claims[3])
    await catch_up(shop)
    return shop


async def test_the_books_add_up_after_claims_releases_voids_and_a_lowered_total(shop):
    coupon = await shop.coupon(
        purpose="service", quantity=10, default_quota=5, per_contact_daily_limit=2
    )
    sue = shop.members["sue"]
    claims = [
        (await shop.claim(coupon, person, member_id=sue)).claim
        for person in await shop.customers(5)
    ]
    async with shop.db.transaction() as tx:
        now = shop.clock.now()
        await release(tx, [claims[0].id], now, code_was_shown=False)
        await void(tx, shop.workspace, [claims[1].id], sue, now)
    await shop.set_quantity(coupon, 7)
    [books] = await audit(shop.db.screens)
    assert books.faults == ()
    assert (books.loaded, books.free, books.issued) == (10, 3, 3)
    assert (books.void, books.withdrawn, books.claims) == (1, 3, 4)


async def test_everything_that_can_happen_to_claims_leaves_the_books_in_order(busy):
    [books] = await audit(busy.db.screens)
    assert books.faults == ()
    assert (books.loaded, books.free, books.issued, books.void) == (10, 5, 3, 2)
    assert (books.claims, books.redeemed, books.voided) == (4, 1, 1)


PLANTED = [
    ("UPDATE limit_row SET count = count + 1 WHERE subject ~ '^c:'", "quota and limits: 5 rows"),
    ("UPDATE limit_row SET count = 0 WHERE subject ~ '^m:'", "0 counted, 4 used"),
    ("UPDATE limit_row SET count = count + 1 WHERE subject ~ '^d:'", "quota and limits"),
    (
        "UPDATE limit_row SET period_start = period_start - interval '7 days' WHERE subject ~ '^m:'",
        "quota and limits: 2 rows",
    ),
    ("DELETE FROM limit_row WHERE subject ~ '^r:' AND count > 0", "quota and limits"),
    ("UPDATE unit SET state = 'free' WHERE state = 'issued'", "units: 3 do not agree"),
    ("UPDATE unit SET state = 'issued' WHERE seq = 9", "such as unit 9 (issued), claim none"),
    ("DELETE FROM unit WHERE seq = 9", "stock: 10 units were loaded, 9 are there"),
    ("UPDATE claim SET code = 'OTHER' WHERE state = 'issued'", "codes: 2 claims carry a code"),
    ("DELETE FROM redemption WHERE kind = 'undo'", "ledger: 1 claims"),
    ("UPDATE figure SET claimed = claimed + 1 WHERE claimed > 0", "claimed +1, opened +0"),
    ("UPDATE figure SET redeemed = redeemed - 1 WHERE redeemed > 0", "redeemed -1"),
    ("DELETE FROM figure", "figures: 2 cells differ"),
    ("UPDATE figure SET channel = 'line' WHERE claimed > 0", "figures: 2 cells differ"),
    ("UPDATE figure SET day = day + 1", "figures: "),
]


@pytest.mark.parametrize(("harm", "fault"), PLANTED)
async def test_a_planted_mismatch_is_found_and_named(busy, harm, fault):
    await busy.db.screens.execute(harm)
    [books] = await audit(busy.db.screens)
    assert len(books.faults) == 1, books.faults
    assert fault in books.faults[0]


async def test_a_claim_turned_redeemed_by_hand_is_missed_in_the_ledger_and_everywhere(busy):
    await busy.db.screens.execute("UPDATE claim SET state = 'redeemed' WHERE state = 'issued'")
    [books] = await audit(busy.db.screens)
    assert {fault.partition(":")[0] for fault in books.faults} == {
        "ledger",
        "quota and limits",
    }


async def test_a_redemption_unit_that_nobody_redeemed_is_named(shop):
    coupon = await shop.coupon(redemption_limit=3)
    counter = Counter(shop)
    claim = await counter.issue(coupon=coupon)
    await counter.redeem(claim)
    [books] = await audit(shop.db.screens)
    assert books.faults == ()
    await shop.db.screens.execute("UPDATE redemption_unit SET state = 'free', claim_id = NULL")
    [books] = await audit(shop.db.screens)
    assert books.faults == (
        f"redemption units: 1 do not agree with redeemed claims, such as claim {claim.number} (redeemed)",
    )


async def test_what_the_figures_have_yet_to_count_is_no_fault(busy):
    coupon = await busy.db.screens.fetchval("SELECT id FROM coupon")
    claim = (await busy.claim(coupon, await busy.customer())).claim
    await Counter(busy).redeem(claim)
    [books] = await audit(busy.db.screens)
    assert books.faults == ()
    assert books.redeemed == 2
    await catch_up(busy)
    [books] = await audit(busy.db.screens)
    assert books.faults == ()


class MendedBetween:
    """The database, put right by somebody after the first pass."""

    def __init__(self, pool, mend):
        self.pool, self.mend, self.passes = pool, mend, 0

    def fetch(self, *words):
        return self.pool.fetch(*words)

    @asynccontextmanager
    async def acquire(self):
        self.passes += 1
        if self.passes == 2:
            await self.pool.execute(self.mend)
        async with self.pool.acquire() as connection:
            yield connection


async def test_a_mismatch_that_a_second_pass_does_not_find_is_no_alarm(busy):
    harm = "UPDATE figure SET claimed = claimed {} 1 WHERE claimed > 0"
    await busy.db.screens.execute(harm.format("+"))
    mended = MendedBetween(busy.db.screens, harm.format("-"))
    [books] = await audit(mended)
    assert (books.faults, mended.passes) == ((), 2)


async def test_no_alarm_is_raised_while_claims_openings_and_figures_go_on(shop):
    """Audits run beside twenty customers who claim and redeem, and beside the follower."""
    await rebuild(shop.db, shop.clock.now())
    coupon = await shop.coupon(codes=60, per_contact_daily_limit=3)
    counter, over = Counter(shop), asyncio.Event()
    people = await shop.customers(20)
    alarms = []

    async def live(person):
        for _ in range(3):
            result = await shop.claim(coupon, person)
            await counter.redeem(result.claim)

    async def watch():
        while not over.is_set():
            alarms.extend(fault for books in await audit(shop.db.screens) for fault in books.faults)

    async def count():
        while not over.is_set():
            await follow(shop.db, shop.clock.now())

    watchers = [asyncio.ensure_future(watch()), asyncio.ensure_future(count())]
    await asyncio.gather(*(live(person) for person in people))
    over.set()
    await asyncio.gather(*watchers)
    await catch_up(shop)
    [books] = await audit(shop.db.screens)
    assert alarms == []
    assert (books.faults, books.claims, books.redeemed, books.free) == ((), 60, 60, 0)
