"""Totals by day and month move with the figures: whatever happens, they equal a recount of the claims."""

from __future__ import annotations

from collections import Counter as Sums
from datetime import date, timedelta
from importlib import import_module
from random import Random

import pytest

from coupons.actions.open_claim import open_claim
from coupons.actions.release import release
from coupons.actions.void import void
from coupons.audit import audit
from coupons.figure_totals import SUM_UP, audit_totals
from coupons.overview import CouponSums, coupon_sums, sent_by_members
from coupons.rollups import count_claims, follow, follow_zones, rebuild
from tests.coupons.counted import FROM_CLAIMS
from tests.coupons.counter import Counter
from tests.feed import all_visible

MEASURES = ("claimed", "opened", "redeemed")
CELL = ("grain", "day", "channel", "member_id")
KEPT = "SELECT * FROM figure_total WHERE workspace_id = $1"
BY_DAY = """
SELECT coalesce(sum(claimed), 0)::bigint AS claimed, coalesce(sum(opened), 0)::bigint AS opened,
  coalesce(sum(redeemed), 0)::bigint AS redeemed
FROM figure WHERE workspace_id = $1 AND day BETWEEN $2 AND $3 AND ($4 = '' OR channel = $4)
"""
MEMBERS_BY_DAY = """
SELECT member_id, sum(claimed)::bigint AS claimed FROM figure
WHERE workspace_id = $1 AND day BETWEEN $2 AND $3 AND ($4 = '' OR channel = $4)
  AND member_id = ANY ($5) GROUP BY 1
"""
# Two years and more of figures, of two channels, three members and nobody.
YEARS = """
INSERT INTO figure (workspace_id, coupon_id, day, channel, trigger_kind, member_id, store_id, claimed, opened, redeemed)
SELECT $1, k.id, d.day::date, c.channel, 'keyword', m.id, '00000000-0000-0000-0000-000000000000',
  1 + extract(doy FROM d.day)::int * 7 % 9, extract(doy FROM d.day)::int % 5, extract(doy FROM d.day)::int % 3
FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, 2)) k
CROSS JOIN generate_series($3::date - 800, $3::date, interval '1 day') AS d (day)
CROSS JOIN (VALUES ('line'), ('')) AS c (channel) CROSS JOIN unnest($2::uuid[]) AS m (id)
"""
LAST = date(2026, 5, 4)


@pytest.fixture
async def counted(shop):
    """A shop whose figures have begun to follow the feed."""
    await rebuild(shop.db, shop.clock.now())
    return shop


async def catch_up(shop):
    await all_visible(shop.db)
    while (await follow(shop.db, shop.clock.now())).more:
        pass


def table(sums):
    return {cell: values for cell, values in sums.items() if any(values)}


async def kept(shop):
    rows = await shop.db.screens.fetch(KEPT, shop.workspace)
    return table({tuple(row[c] for c in CELL): tuple(row[m] for m in MEASURES) for row in rows})


async def recounted(shop):
    """Sum the claims themselves up, by day and by month."""
    found = {name: Sums() for name in MEASURES}
    for coupon in await shop.db.screens.fetch("SELECT id FROM coupon"):
        for row in await shop.db.screens.fetch(FROM_CLAIMS, coupon["id"]):
            for grain, day in enumerate((row["day"], row["day"].replace(day=1))):
                for name in MEASURES:
                    found[name][grain, day, row["channel"], row["member_id"]] += row[name]
    cells = {cell for sums in found.values() for cell in sums}
    return table({cell: tuple(found[name][cell] for name in MEASURES) for cell in cells})


async def assert_exact(shop):
    assert await kept(shop) == await recounted(shop)
    assert await audit_totals(shop.db.screens) == []


class History:
    """What can happen to claims, at random: any act that is refused changes nothing, which is fine too."""

    def __init__(self, shop, coupons, people, seed):
        self.shop, self.coupons, self.people = shop, coupons, people
        self.random, self.counter, self.claims = Random(seed), Counter(shop), []  # noqa: S311 (no secret)

    async def happens(self):
        act = self.random.choice(
            [
                "claim",
                "claim",
                "claim",
                "open",
                "redeem",
                "undo",
                "release",
                "void",
                "time",
                "count",
            ]
        )
        if act in {"claim", "time", "count"} or not self.claims:
            await getattr(self, act if act in {"time", "count"} else "claim")()
        else:
            await getattr(self, act)(self.random.choice(self.claims))

    async def claim(self):
        coupon, person = self.random.choice(self.coupons), self.random.choice(self.people)
        member = self.random.choice([None, *self.shop.members.values()])
        ask = self.random.choice([self.shop.request, self.shop.card_request])
        [done] = await self.shop.settle(ask(coupon, person, member_id=member))
        self.claims += [done.claim] if done.claim else []

    async def open(self, claim):
        async with self.shop.db.transaction() as tx:
            await open_claim(tx, claim.id, self.shop.clock.now())

    async def redeem(self, claim):
        await self.counter.redeem(claim, self.random.choice([self.counter.ray, self.counter.bo]))

    async def undo(self, claim):
        await self.counter.undo(claim)

    async def release(self, claim):
        async with self.shop.db.transaction() as tx:
            await release(tx, [claim.id], self.shop.clock.now())

    async def void(self, claim):
        async with self.shop.db.transaction() as tx:
            args = (self.shop.workspace, [claim.id], self.shop.members["ann"])
            await void(tx, *args, self.shop.clock.now())

    async def time(self):
        self.shop.clock.advance(timedelta(hours=self.random.randint(1, 200)))

    async def count(self):
        await catch_up(self.shop)
        await assert_exact(self.shop)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_to_claims_the_totals_equal_a_recount(counted, seed):
    free = {"purpose": "service", "quantity": 200, "default_quota": 100, "per_contact_limit": 50}
    coupons = [await counted.coupon(**free) for _ in range(2)]
    history = History(counted, coupons, await counted.customers(4), seed)
    for _ in range(60):
        await history.happens()
    await catch_up(counted)
    await assert_exact(counted)
    found = await recounted(counted)
    assert {grain for grain, *_ in found} == {0, 1}
    assert sum(values[2] for values in found.values())
    assert not any(fault for books in await audit(counted.db.screens) for fault in books.faults)
    before = await kept(counted)
    await rebuild(counted.db, counted.clock.now())
    assert await kept(counted) == before


async def test_the_same_claims_again_change_no_total(counted):
    coupon = await counted.coupon()
    claim = (await counted.claim(coupon, await counted.customer())).claim
    await catch_up(counted)
    before = await kept(counted)
    async with counted.db.transaction() as tx:
        assert await count_claims(tx, [claim.id], counted.clock.now()) == frozenset()
    assert await kept(counted) == before
    assert list(before.values()) == [(1, 0, 0), (1, 0, 0)]


async def test_a_change_of_the_zone_moves_totals_into_the_month_before(counted):
    """01:00 of the first of June in Taipei is still noon of the last of May in Chicago."""
    coupon = await counted.coupon()
    counted.clock.advance(timedelta(days=27, hours=12))
    await counted.claim(coupon, await counted.customer())
    await catch_up(counted)
    run, now = counted.db.screens, counted.clock.now()
    assert {cell[:2] for cell in await kept(counted)} == {(0, date(2026, 6, 1)), (1, date(2026, 6, 1))}  # fmt: skip
    await run.execute("UPDATE workspace SET zone = 'America/Chicago'")
    assert await audit_totals(run) == []
    assert await follow_zones(counted.db, now) == {counted.workspace}
    assert {cell[:2] for cell in await kept(counted)} == {(0, date(2026, 5, 31)), (1, date(2026, 5, 1))}  # fmt: skip
    await assert_exact(counted)


PUT = """
INSERT INTO figure_total (workspace_id, grain, day, channel, member_id, claimed, opened, redeemed)
VALUES ($1, $2, $3, 'line', $1, 5, 0, 0)
"""
HARM = [
    "UPDATE figure_total SET claimed = claimed + 1 WHERE grain = 1",
    "DELETE FROM figure_total",
    "UPDATE figure_total SET day = day + 1",
    "INSERT INTO figure_total SELECT 77, workspace_id, 0, day, 'x', member_id, 5, 0, 0 FROM figure_total LIMIT 1",
]


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("whole", [True, False])
async def test_totals_that_were_tampered_with_are_found_by_the_audit_and_mended_by_a_rebuild(
    counted, harm, whole
):
    coupon = await counted.coupon()
    await counted.claim(coupon, await counted.customer())
    await catch_up(counted)
    await counted.db.screens.execute(harm)
    [(name, fault)] = await audit_totals(counted.db.screens)
    assert name == "Tea"
    assert "differ from the figures' sums, such as the " in fault
    await rebuild(counted.db, counted.clock.now(), None if whole else coupon)
    await assert_exact(counted)


async def test_a_rebuild_that_mends_figures_takes_the_totals_along(counted):
    coupon = await counted.coupon()
    await counted.claim(coupon, await counted.customer())
    await catch_up(counted)
    await counted.db.screens.execute("UPDATE figure SET claimed = 41, redeemed = 3")
    await rebuild(counted.db, counted.clock.now(), coupon)
    await assert_exact(counted)


async def test_a_rebuild_leaves_another_workspaces_totals_alone(counted):
    coupon = await counted.coupon()
    await counted.claim(coupon, await counted.customer())
    await catch_up(counted)
    nobody = counted.members["sue"]
    await counted.db.screens.execute(PUT, nobody, 0, LAST)
    await rebuild(counted.db, counted.clock.now(), coupon)
    assert await counted.count("figure_total WHERE workspace_id = $1", nobody) == 1
    await rebuild(counted.db, counted.clock.now())
    assert await counted.count("figure_total WHERE workspace_id = $1", nobody) == 0


async def test_an_installation_that_had_figures_already_gets_its_totals_from_the_migration(counted):
    sue = counted.members["sue"]
    coupons = [await counted.coupon(purpose="service", quantity=10, default_quota=9) for _ in range(2)]  # fmt: skip
    for coupon in coupons:
        await counted.claim(coupon, await counted.customer(), member_id=sue)
        counted.clock.advance(timedelta(days=20))
    await catch_up(counted)
    before = await kept(counted)
    await counted.db.screens.execute("DELETE FROM figure_total")
    await counted.db.screens.execute(import_module("coupons.migrations.0014_figure_totals").FILL)
    assert await kept(counted) == before
    await assert_exact(counted)


@pytest.fixture
async def years(counted):
    """Figures of 801 days, their totals summed up."""
    who = [counted.members["ann"], counted.members["sue"], counted.members["sel"]]
    nobody = "00000000-0000-0000-0000-000000000000"
    await counted.db.screens.execute(YEARS, counted.workspace, [*who, nobody], LAST)
    await counted.db.screens.execute(SUM_UP, counted.workspace)
    return counted


@pytest.mark.parametrize("channel", ["", "line"])
async def test_any_span_gives_the_numbers_of_a_sum_by_day(years, channel):
    for length in (1, 7, 29, 30, 31, 59, 90, 365, 366, 800):
        for last in (LAST, date(2026, 4, 30), date(2026, 3, 1)):
            await assert_as_by_day(years, channel, (last - timedelta(days=length - 1), last))


async def assert_as_by_day(shop, channel, days):
    pool, house, length = shop.db.screens, shop.workspace, days[1] - days[0] + timedelta(days=1)
    before = days[0] - length, days[1] - length
    found = await coupon_sums(pool, house, channel, days, before)
    by_day = [await pool.fetchrow(BY_DAY, house, *span, channel) for span in (days, before)]
    assert list(found) == [CouponSums(**dict(row)) for row in by_day]
    assert found[0].claimed
    members = list(shop.members.values())
    people = await pool.fetch(MEMBERS_BY_DAY, house, *days, channel, members)
    assert await sent_by_members(pool, house, channel, days) == dict(map(tuple, people))
