"""The database and the rules agree on when a claim ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from coupons.records import RecordFilter, all_records
from coupons.rules.validity import Span, Validity, usable

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
