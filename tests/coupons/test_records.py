"""Records: the database and the rules agree on when a claim ends, and each is found by what was typed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from conversations.search_index import rebuild as file_all
from coupons import record_search
from coupons.actions.design import publish_coupon
from coupons.actions.load_codes import load_codes
from coupons.records import RecordFilter, all_records, record_page
from coupons.rules.validity import Span, Validity, usable
from tests.coupons.shop import ean13
from tests.statements import seen_by

# 24:00 does not exist in New York's spring night, and Apia skipped a whole day in 2011.
CASES = [
    ("Asia/Taipei", datetime(2026, 1, 31, 15, 59, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 7, 20, 0, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 10, 31, 20, 0, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 22, 20, 0, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 28, 20, 0, tzinfo=UTC)),
]
SPANS = [
    {"validity_mode": "fixed", "valid_until": datetime(2026, 6, 1, tzinfo=UTC)},
    {"validity_mode": "claim", "lasts_minutes": 180},
    {"validity_mode": "claim", "lasts_days": 1},
    {"validity_mode": "claim", "lasts_days": 2, "starts_after_days": 1},
    {"validity_mode": "open", "lasts_days": 31},
    {"validity_mode": "open", "lasts_minutes": 30},
    {"validity_mode": "claim", "lasts_days": 3, "valid_until": datetime(2026, 2, 1, tzinfo=UTC)},
]


@pytest.mark.parametrize(("zone", "at"), CASES)
async def test_a_record_ends_when_the_rules_say_in_every_zone_and_mode(shop, zone, at):
    run = shop.db.screens
    await run.execute("UPDATE workspace SET zone = $1", zone)
    shop.clock.set(at)
    for facts in SPANS:
        coupon = await shop.coupon(name=str(facts)[:100], **facts)
        person = await shop.customer()
        await run.execute("UPDATE coupon SET valid_until = NULL WHERE id = $1", coupon)
        claim = (await shop.claim(coupon, person)).claim
        await run.execute(
            "UPDATE coupon SET valid_until = $2 WHERE id = $1", coupon, facts.get("valid_until")
        )
        opened = at + timedelta(hours=3) if facts["validity_mode"] == "open" else None
        if opened:
            await run.execute(
                "UPDATE claim SET first_opened_at = $2 WHERE id = $1", claim.id, opened
            )
        await check(shop, coupon, at, opened)


async def check(shop, coupon, at, opened):
    which = RecordFilter(coupon_id=coupon, workspace_id=shop.workspace)
    plan = await shop.db.screens.fetchrow("SELECT * FROM coupon WHERE id = $1", coupon)
    zone = await shop.db.screens.fetchval("SELECT zone FROM workspace")
    rule = Validity(
        mode=plan["validity_mode"],
        outer=Span(plan["valid_from"], plan["valid_until"]),
        starts_after_days=plan["starts_after_days"],
        lasts_days=plan["lasts_days"],
        lasts_minutes=plan["lasts_minutes"],
        zone=zone,
    )
    end = usable(rule, at, opened).end
    for now, over in ((end, True), (end - timedelta(seconds=1), False)):
        [[record]] = [some async for some in all_records(shop.db.screens, which, now)]
        assert record.valid_until == end, plan["name"]
        assert (record.state == "expired") is over


async def numbers(shop, coupon, text, **facts):
    which = RecordFilter(coupon_id=coupon, workspace_id=shop.workspace, text=text, **facts)
    found = await record_page(shop.db.screens, which, shop.clock.now(), 50)
    return [row.number for row in found.rows]


@pytest.mark.parametrize("mode", ["pack", "generated", "random", "columns"])
async def test_a_claim_is_found_by_its_code_however_the_code_came_about(shop, mode):
    """S2-28: whole or by its beginning, whatever its case; never another coupon's with the same letters."""
    coupons = [await with_codes(shop, mode) for _ in range(2)]
    mine, other = [
        [(await shop.claim(c, p)).claim for p in await shop.customers(2)] for c in coupons
    ]
    texts = await shop.db.screens.fetch("SELECT id, code, more_codes FROM claim ORDER BY id")
    code = {row["id"]: (row["more_codes"] or [row["code"]])[-1] for row in texts}
    first, found = mine[0], partial(numbers, shop, coupons[0])
    whole = code[first.id]
    for typed in (whole, whole.lower(), whole[:-1], f'"{whole}"'):
        assert first.number in await found(typed), typed
    assert await found(whole) == [first.number]
    assert await found(code[other[0].id]) == []
    assert await found(f'"{whole[:-1]}"') == []
    assert await found(first.number) == await found(first.number.lower()) == [first.number]
    assert await found(first.number[:7]) == [first.number]
    assert await found(other[0].number) == []


async def with_codes(shop, mode):
    if mode in {"generated", "random"}:
        return await shop.coupon(code_mode=mode, fixed_code="", quantity=3)
    place = await shop.count("coupon")
    coupon = await shop.coupon(code_mode="pack", published=False)
    texts = ean13(3, 400_000_000_000 + 1000 * place)
    await load_codes(shop.db, coupon, texts, shop.clock.now())
    if mode == "columns":
        run = shop.db.screens.execute
        await run("UPDATE coupon SET code_columns = 2 WHERE id = $1", coupon)
        more = "UPDATE code SET more = jsonb_build_array($2 || 'PX' || id || 'END') WHERE coupon_id = $1"
        await run(more, coupon, "AB"[place])
    await publish_coupon(shop.db, coupon, shop.clock.now())
    return coupon


async def test_a_beginning_that_fits_more_claims_than_are_looked_up_by_id_finds_them_all(
    shop, monkeypatch
):
    coupon = await shop.coupon()
    await shop.claim(coupon, await shop.customer("Tom"))
    for _ in range(3):
        await shop.claim(coupon, await shop.customer("Mei Lin"))
    await file_all(shop.db, shop.clock.now())
    found = await numbers(shop, coupon, "Mei")
    monkeypatch.setattr(record_search, "MOST", 2)
    assert await numbers(shop, coupon, "Mei") == found
    assert len(found) == 3


async def test_a_name_is_looked_for_by_the_index_of_search_and_never_through_all_customers(shop):
    coupon = await shop.coupon()
    await shop.claim(coupon, await shop.customer("王小明"))
    await shop.claim(coupon, await shop.customer("Tom"))
    await file_all(shop.db, shop.clock.now())
    with seen_by(shop.db) as seen:
        for typed in ("小明", "Tom", "明"):
            assert len(await numbers(shop, coupon, typed)) == 1
        assert await numbers(shop, coupon, "nobody") == []
    assert [one for one in seen if "search_contact" in one]
    assert not [one for one in seen if "FROM contact" in one]


async def test_the_records_of_a_store_are_those_it_redeemed_last(shop, counter):
    """S2-28: a redemption that was undone and repeated elsewhere counts for the other store alone."""
    coupon = await shop.coupon()
    claims = [(await shop.claim(coupon, person)).claim for person in await shop.customers(2)]
    for claim in claims:
        await counter.redeem(claim)
    await counter.undo(claims[0])
    await counter.redeem(claims[0], counter.bo)
    xinyi, daan = shop.stores["Xinyi"], shop.stores["Daan"]
    assert await numbers(shop, coupon, "", store_id=xinyi) == [claims[1].number]
    assert await numbers(shop, coupon, "", store_id=daan) == [claims[0].number]
