"""The figures follow the feed exactly: whatever happens to claims, they equal a recount."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from coupons.actions.open_claim import open_claim
from coupons.actions.release import release
from coupons.actions.void import void
from coupons.audit import audit
from coupons.rollups import follow, follow_zones, rebuild
from tests.coupons.counted import FROM_CLAIMS
from tests.coupons.counter import Counter
from tests.feed import all_visible

MEASURES = ("claimed", "opened", "redeemed", "voided")


@pytest.fixture
async def counted(shop):
    """A shop whose figures have begun to follow the feed."""
    await rebuild(shop.db, shop.clock.now())
    return shop


async def catch_up(shop):
    await all_visible(shop.db)
    while (done := await follow(shop.db, shop.clock.now())) is not None and done.more:
        pass
    return done


async def totals(shop, coupon):
    row = await shop.db.screens.fetchrow(
        "SELECT coalesce(sum(claimed), 0) AS claimed, coalesce(sum(opened), 0) AS opened,"
        " coalesce(sum(redeemed), 0) AS redeemed, coalesce(sum(voided), 0) AS voided"
        " FROM figure WHERE coupon_id = $1",
        coupon,
    )
    return tuple(int(row[name]) for name in MEASURES)


def table(rows):
    names = ("day", "channel", "trigger_kind", "member_id", "store_id", *MEASURES)
    return sorted(
        tuple(str(row[name]) for name in names)
        for row in rows
        if any(row[name] for name in MEASURES)
    )


async def assert_exact(shop, coupon):
    kept = await shop.db.screens.fetch("SELECT * FROM figure WHERE coupon_id = $1", coupon)
    assert table(kept) == table(await shop.db.screens.fetch(FROM_CLAIMS, coupon))


async def opened(shop, claim):
    async with shop.db.transaction() as tx:
        await open_claim(tx, claim, shop.clock.now())


async def test_claims_openings_and_redemptions_arrive_by_day_channel_trigger_member_and_store(
    counted,
):
    coupon = await counted.coupon(purpose="service", quantity=10)
    mei, tom = await counted.customers(2)
    sue = counted.members["sue"]
    first = (await counted.settle(counted.card_request(coupon, mei)))[0].claim
    await counted.claim(coupon, tom, source="console", trigger="console", member_id=sue)
    counted.clock.advance(timedelta(days=1))
    await opened(counted, first.id)
    await Counter(counted).redeem(first)
    await catch_up(counted)
    rows = await counted.db.screens.fetch("SELECT * FROM figure ORDER BY day, channel")
    seen = [
        (str(row["day"]), row["channel"], row["trigger_kind"], *(row[name] for name in MEASURES))
        for row in rows
    ]
    assert sorted(seen) == [
        ("2026-05-04", "", "console", 1, 0, 0, 0),
        ("2026-05-04", "line", "keyword", 1, 0, 0, 0),
        ("2026-05-05", "line", "keyword", 0, 0, 1, 0),
        ("2026-05-05", "line", "keyword", 0, 1, 0, 0),
    ]
    assert {row["member_id"] for row in rows if row["trigger_kind"] == "console"} == {sue}
    assert {row["store_id"] for row in rows if row["redeemed"]} == {counted.stores["Xinyi"]}
    await assert_exact(counted, coupon)


async def test_a_day_is_the_workspaces_day(counted):
    """23:59 in Taipei is 15:59 in UTC: both sides of that midnight are days of their own."""
    coupon = await counted.coupon()
    counted.clock.advance(timedelta(hours=10, minutes=59))
    await counted.claim(coupon, await counted.customer())
    counted.clock.advance(timedelta(minutes=1))
    await counted.claim(coupon, await counted.customer())
    await catch_up(counted)
    days = await counted.db.screens.fetch("SELECT day::text, claimed FROM figure ORDER BY day")
    assert [tuple(day) for day in days] == [("2026-05-04", 1), ("2026-05-05", 1)]


async def test_releases_and_voids_correct_the_figures(counted):
    coupon = await counted.coupon(purpose="service", quantity=10)
    people = await counted.customers(3)
    claims = [(await counted.claim(coupon, person)).claim.id for person in people]
    await catch_up(counted)
    assert await totals(counted, coupon) == (3, 0, 0, 0)
    now = counted.clock.now()
    async with counted.db.transaction() as tx:
        await release(tx, claims[:1], now)
        await void(tx, counted.workspace, claims[1:2], counted.members["ann"], now)
    await catch_up(counted)
    assert await totals(counted, coupon) == (2, 0, 0, 1)
    await assert_exact(counted, coupon)


async def test_an_undone_redemption_is_taken_off_the_day_and_store_it_stood_on(counted):
    coupon = await counted.coupon()
    claim = (await counted.claim(coupon, await counted.customer())).claim
    counter = Counter(counted)
    await counter.redeem(claim)
    await catch_up(counted)
    assert await totals(counted, coupon) == (1, 0, 1, 0)
    assert (await counter.undo(claim)).refusal is None
    await catch_up(counted)
    assert await totals(counted, coupon) == (1, 0, 0, 0)
    await counter.redeem(claim, counter.bo)
    await catch_up(counted)
    assert await totals(counted, coupon) == (1, 0, 1, 0)
    await assert_exact(counted, coupon)


async def test_a_test_claim_counts_in_no_figure(counted):
    coupon = await counted.coupon(published=False)
    claim = (await counted.claim(coupon, await counted.customer(), test=True)).claim.id
    await opened(counted, claim)
    await catch_up(counted)
    assert await totals(counted, coupon) == (0, 0, 0, 0)
    assert await counted.count("counted_claim") == 0


async def test_the_same_events_again_change_nothing(counted):
    coupon = await counted.coupon()
    await counted.claim(coupon, await counted.customer())
    await counted.db.screens.execute("CREATE TABLE place AS SELECT * FROM figure_cursor")
    await catch_up(counted)
    before = await totals(counted, coupon)
    await counted.db.screens.execute(
        "UPDATE figure_cursor f SET xid = p.xid, feed_id = p.feed_id FROM place p"
    )
    again = await follow(counted.db, counted.clock.now())
    assert again.claims == 1
    assert again.coupons == frozenset()
    assert await totals(counted, coupon) == before == (1, 0, 0, 0)


async def test_what_is_not_yet_committed_is_not_passed_over(counted):
    """A slow transaction that began first must be counted although later ones were seen before it."""
    coupon = await counted.coupon()
    slow, quick = await counted.customers(2)
    async with counted.db.transaction(counted.db.lanes) as tx:
        await tx.execute(
            "INSERT INTO feed (workspace_id, kind, subject, at) VALUES ($1, 'claim', $1, $2)",
            *(counted.workspace, counted.clock.now()),
        )
        await counted.claim(coupon, quick)
        assert (await follow(counted.db, counted.clock.now())).claims == 0
    await counted.claim(coupon, slow)
    await catch_up(counted)
    assert await totals(counted, coupon) == (2, 0, 0, 0)


async def test_a_follower_that_was_away_longer_than_the_feed_is_kept_counts_anew(counted):
    coupon = await counted.coupon()
    await counted.claim(coupon, await counted.customer())
    await counted.claim(coupon, await counted.customer())
    await counted.db.screens.execute(
        "DELETE FROM feed WHERE id < (SELECT max(id) FROM feed WHERE kind = 'claim')"
    )
    counted.clock.advance(timedelta(days=3))
    assert await follow(counted.db, counted.clock.now()) is None
    assert await rebuild(counted.db, counted.clock.now()) == 2
    assert await totals(counted, coupon) == (2, 0, 0, 0)
    assert await catch_up(counted) is not None


async def test_the_place_moves_on_while_nothing_happens_so_that_a_quiet_week_needs_no_recount(
    counted,
):
    coupon = await counted.coupon()
    await catch_up(counted)
    counted.clock.advance(timedelta(minutes=11))
    await catch_up(counted)
    await counted.db.screens.execute("DELETE FROM feed")
    await counted.claim(coupon, await counted.customer())
    await all_visible(counted.db)
    assert (await follow(counted.db, counted.clock.now())).claims == 1


async def test_rebuilding_mends_figures_that_were_tampered_with(counted):
    coupon = await counted.coupon()
    await counted.claim(coupon, await counted.customer())
    await catch_up(counted)
    run = counted.db.screens.execute
    await run("UPDATE figure SET claimed = 41")
    await run("UPDATE counted_claim SET channel = 'whatsapp'")
    await run("INSERT INTO counted_claim SELECT gen_random_uuid(), coupon_id, channel, trigger_kind,"
              " member_id, store_id, claimed_on FROM counted_claim")  # fmt: skip
    await rebuild(counted.db, counted.clock.now(), coupon)
    assert await totals(counted, coupon) == (1, 0, 0, 0)
    await assert_exact(counted, coupon)


async def test_a_place_of_another_database_is_not_trusted(counted):
    """After a backup was restored, the feed's transaction ids begin anew."""
    await counted.db.screens.execute("UPDATE figure_cursor SET xid = xid + 1000000")
    assert await follow(counted.db, counted.clock.now()) is None


async def test_two_followers_count_nothing_twice(counted):
    coupon = await counted.coupon()
    for person in await counted.customers(5):
        await counted.claim(coupon, person)
    await asyncio.gather(*(follow(counted.db, counted.clock.now()) for _ in range(4)))
    await catch_up(counted)
    assert await totals(counted, coupon) == (5, 0, 0, 0)


async def test_a_change_of_the_zone_counts_the_figures_by_the_new_days_by_itself(counted):
    """01:00 in Taipei is still noon of the day before in Chicago; meanwhile the audit raises no alarm."""
    coupon = await counted.coupon()
    counted.clock.advance(timedelta(hours=-12))
    await counted.claim(coupon, await counted.customer())
    await catch_up(counted)
    run, now = counted.db.screens, counted.clock.now()
    assert await follow_zones(counted.db, now) == {counted.workspace}
    assert await follow_zones(counted.db, now) == frozenset()
    before = await run.fetchval("SELECT day::text FROM figure WHERE claimed > 0")
    await run.execute("UPDATE workspace SET zone = 'America/Chicago'")
    assert [books.faults for books in await audit(run, coupon)] == [()]
    assert await follow_zones(counted.db, now) == {counted.workspace}
    after = await run.fetchval("SELECT day::text FROM figure WHERE claimed > 0")
    assert (before, after) == ("2026-05-04", "2026-05-03")
    await assert_exact(counted, coupon)
    assert [books.faults for books in await audit(run, coupon)] == [()]
    assert await follow_zones(counted.db, now) == frozenset()
