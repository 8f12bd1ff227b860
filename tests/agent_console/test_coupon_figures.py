"""A coupon's own pages: figures over any days as charts and tables, settings in words, the ledger."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from agent_console.charts import nice_step, share, trend_chart
from coupons.figures import Point
from tests.agent_console.coupon_rows import Shopfront
from tests.agent_console.site import plain


@pytest.fixture
async def till(site):
    return Shopfront(site)


def rows(page, role):
    """Return the cells of the table rows of a role as words."""
    found = re.findall(rf'<tr data-role="{role}">(.*?)</tr>', page, re.DOTALL)
    return [
        [plain(cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in found
    ]


@pytest.fixture
async def told(site, till):
    """A coupon with a claim ten days ago and three this week; two opened, one redeemed at Xinyi."""
    coupon = await site.coupon("Latte 50", per_contact_limit=None, quantity=20)
    await till.claim(coupon, await site.chat("Early"))
    site.clock.advance(timedelta(days=8))
    sue = (await site.member("Sue", "service_agent")).id
    chats = [await site.chat(f"Guest {n}") for n in range(3)]
    first = await till.claim(coupon, chats[0])
    await till.open(first)
    site.clock.advance(timedelta(days=2))
    second = await till.claim(coupon, chats[1], source="console", trigger="console", member_id=sue)
    await till.open(second)
    await till.redeem(second)
    await till.claim(coupon, chats[2], conversation_id=None, trigger="", source="api")
    await till.count()
    return coupon


def path(coupon, rest=""):
    return f"/console/coupons/{coupon}{rest}"


async def test_the_figures_tell_what_was_claimed_and_used(ann, told):
    """S2-26: claimed and used, in the days shown and in all."""
    page = await ann.text(path(told))
    spans = dict(re.findall(r'data-role="span-(\w+)">([^<]*)<', page))
    assert spans == {"claimed": "3", "opened": "2", "redeemed": "1"}
    assert "4 in all" in plain(page)


async def test_the_funnel_follows_the_claims_of_the_chosen_days_to_where_they_are_now(ann, told):
    """S2-26: a claim of the first day that was never opened stands in no other day's funnel."""
    funnels = {
        "": [["3", "100.0 %"], ["2", "66.7 %"], ["1", "33.3 %"]],
        "?days=all": [["4", "100.0 %"], ["2", "50.0 %"], ["1", "25.0 %"]],
        "?from=2026-05-12&to=2026-05-12": [["1", "100.0 %"], ["1", "100.0 %"], ["0", "0.0 %"]],
        "?from=2026-05-06&to=2026-05-07": [["0", "0.0 %"]] * 3,
    }
    for days, expected in funnels.items():
        found = rows(await ann.text(path(told, days)), "funnel")
        assert [row[1:] for row in found] == expected, days


async def test_the_trend_shows_seven_days_unless_others_are_chosen(ann, told):
    """S2-27: one week by default, any other range on request, days without anything included."""
    week = rows(await ann.text(path(told)), "day")
    assert [row[0] for row in week] == [f"2026-05-{day:02}" for day in range(8, 15)]
    assert week[4] == ["2026-05-12", "1", "1", "0"]
    assert week[6] == ["2026-05-14", "2", "1", "1"]
    assert week[0] == ["2026-05-08", "0", "0", "0"]
    one = rows(await ann.text(path(told, "?from=2026-05-04&to=2026-05-04")), "day")
    assert one == [["2026-05-04", "1", "0", "0"]]
    whole = rows(await ann.text(path(told, "?days=all")), "day")
    assert len(whole) == 11
    months = rows(await ann.text(path(told, "?from=2025-12-01&to=2026-05-31")), "day")
    assert months[-1] == ["2026-05", "4", "2", "1"]
    assert len(months) == 6
    for odd in ("?from=x&to=y", "?from=2026-05-20&to=2026-05-01"):
        assert len(rows(await ann.text(path(told, odd)), "day")) == 7
    assert len(rows(await ann.text(path(told, "?from=2020-01-01")), "day")) > 60


async def test_the_figures_are_told_apart_by_channel_trigger_member_and_store(ann, told):
    page = await ann.text(path(told))
    assert rows(page, "channel") == [
        ["LINE", "2", "2", "1"],
        ["outside a conversation", "1", "0", "0"],
    ]
    assert sorted(rows(page, "trigger")) == [
        ["API", "1", "0", "0"],
        ["keyword", "1", "1", "0"],
        ["sent by a member", "1", "1", "1"],
    ]
    assert rows(page, "store") == [["Xinyi", "1"]]


async def test_the_members_report_says_what_each_has_sent(ann, told):
    """S1-13 as the manager sees it: what Sue has sent, and what became of it."""
    page = await ann.text(path(told))
    assert ["Sue", "1", "1", "1"] in rows(page, "member")
    assert ["not by a member", "2", "1", "0"] in rows(page, "member")


async def test_the_trend_is_a_picture_with_words_and_the_figures_come_alone_for_live_updates(
    ann, told
):
    page = await ann.text(path(told))
    assert 'role="img"' in page
    assert page.count("<polyline") == 3
    assert 'cx="100.0%"' in page
    part = await (await ann.part(path(told, "/figures"))).text()
    assert 'hx-swap-oob="morph"' in part
    assert "<html" not in part


async def test_a_coupon_without_claims_says_so(site, ann):
    coupon = await site.coupon("Fresh")
    words = await ann.words(path(coupon))
    assert "Nothing in these days." in words
    assert "Nothing was redeemed in these days." in words


async def test_the_settings_stand_there_in_words(site, ann, till):
    """S2-29: the configuration, readable without opening the designer; and who changed it.

    S4-05: colour, amount off, title, dates, details and stores among it.
    """
    coupon = await site.coupon(
        "Latte 50",
        validity_mode="claim",
        lasts_days=7,
        starts_after_days=1,
        per_contact_daily_limit=2,
        rules="One cup a visit.",
        tag_on_redeem="redeemed-latte",
        benefit="discount",
        benefit_value=20,
        colour_button="#b5482a",
    )
    words = await ann.words(path(coupon, "/settings"))
    for told in (
        "Service: staff send it in conversations",
        "Discount (percent off): 20 %",
        "7 days from the claim after 1 day",
        "every store",
        "One code for everybody: SVC50",
        "Claims per customer 1",
        "Claims per customer and day 2",
        "Redemptions in all no limit",
        "Sends per member 5 in total",
        "One cup a visit.",
        "redeemed-latte",
        "#b5482a",
        "Asia/Taipei",
        "created",
    ):
        assert told in words, told


async def test_stock_window_and_use_period_can_be_changed_from_the_coupons_own_pages(ann, told):
    """S2-25: the same small edits as in the list."""
    page = await ann.text(path(told, "/settings"))
    for kind in ("quantity", "window", "validity"):
        assert f'data-role="change-{kind}"' in page
    assert 'data-role="change-quantity"' in await ann.text(path(told))


async def test_the_ledger_keeps_redemptions_and_undoings(ann, told):
    page = await ann.text(path(told, "/ledger"))
    assert page.count('data-role="entry"') == 1
    assert "Xinyi" in page
    assert "Ray" in page
    assert "Counts every unit" in plain(page)


async def test_the_books_are_added_up_on_request_and_a_mismatch_is_named(site, ann, told):
    good = await ann.words(path(told, "/ledger?check=1"))
    assert "The books balance" in good
    await site.db.screens.execute("UPDATE figure SET redeemed = 7 WHERE redeemed = 1")
    bad = await ann.words(path(told, "/ledger?check=1"))
    assert "The books do not balance" in bad
    assert "redeemed +6" in bad


async def test_coupons_of_others_have_no_figures_for_us(site, ann):
    theirs = await site.coupon("Secret", workspace=site.rival)
    for rest in ("", "/figures", "/settings", "/ledger"):
        assert (await ann.get(path(theirs, rest))).status == 404


@pytest.mark.parametrize(
    ("highest", "step"),
    [(0, 1), (4, 1), (5, 2), (9, 5), (21, 10), (41, 20), (100, 50), (4001, 2000)],
)
def test_the_charts_lines_are_round_numbers_that_reach_above_the_highest(highest, step):
    assert nice_step(highest) == step
    assert step * 4 >= highest


def test_a_chart_reaches_from_the_left_edge_of_its_room_to_the_right():
    points = [Point(day=date(2026, 5, day), claimed=day, opened=0, redeemed=0) for day in (4, 5, 6)]
    chart = trend_chart(points)
    assert [dot.x for dot in chart.lines[0].dots] == [0, 50, 100]
    assert [tick.at for tick in chart.columns] == [0, 50, 100]


def test_a_chart_of_a_single_day_and_of_none_can_be_drawn():
    point = Point(day=date(2026, 5, 4), claimed=1, opened=0, redeemed=0)
    assert len(trend_chart([point]).lines[0].dots) == 1
    assert trend_chart([point]).lines[0].dots[0].x == 50
    assert trend_chart([]).columns == []
    assert share(1, 3) == 33.3
    assert share(1, 0) == 0.0
