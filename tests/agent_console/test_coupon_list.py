"""The list of coupons: searched, filtered, paged, with what customers did."""

from __future__ import annotations

import re

import pytest

from tests.agent_console.coupon_rows import Shopfront
from tests.agent_console.site import plain

LIST = "/console/coupons"


@pytest.fixture
async def till(site):
    return Shopfront(site)


def names(page):
    return re.findall(r'<span class="coupon-name"><a [^>]*>([^<]*)</a>', page)


def cell(page, role):
    [found] = re.findall(rf'data-role="{role}">(.*?)</td>', page, re.DOTALL)
    return plain(found).strip()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("latte", ["Iced Latte", "Latte 50"]),
        ("LATTE 5", ["Latte 50"]),
        ("週年", ["夏日週年慶"]),
        ('"Latte 50"', ["Latte 50"]),
        ('"Latte"', []),
        ("「夏日週年慶」", ["夏日週年慶"]),
        ("100%", []),
        ("50", ["Latte 50"]),
        ("_", []),
        ("  ", ["Iced Latte", "夏日週年慶", "Latte 50"]),
    ],
)
async def test_coupons_are_found_by_any_part_of_their_name_or_exactly(site, ann, typed, found):
    """S1-52: part of the name in any script finds; quoted text must be the whole name."""
    for name in ("Latte 50", "夏日週年慶", "Iced Latte"):
        await site.coupon(name)
    page = await (await ann.client.get(LIST, params={"q": typed})).text()
    assert names(page) == found


async def test_each_row_says_what_was_claimed_opened_redeemed_and_is_left(site, ann, till):
    """S1-53, S1-54: the figures of the list, from the roll-ups."""
    coupon = await site.coupon(quantity=10, per_contact_limit=None)
    claims = [await till.claim(coupon, await site.chat(f"Guest {n}")) for n in range(3)]
    for claim in claims[:2]:
        await till.open(claim)
    await till.redeem(claims[0])
    await till.count()
    page = await ann.text(LIST)
    seen = [cell(page, role) for role in ("claimed", "opened", "redeemed", "left")]
    assert seen == ["3 claim records", "2", "1", "7 Change how many of Service 50"]


async def test_a_row_leads_to_the_coupons_records(site, ann):
    """S1-56"""
    coupon = await site.coupon()
    page = await ann.text(LIST)
    assert f'href="{LIST}/{coupon}/claims"' in page
    assert "Nobody has claimed it yet" in await ann.words(f"{LIST}/{coupon}/claims")


async def test_pages_hold_5_10_15_50_or_all_rows(site, ann):
    """S1-55: 5, 10, 15 and All (and 50); older and newer pages meet without a gap."""
    for number in range(17):
        await site.coupon(f"Coupon {number:02}")
    newest = [f"Coupon {number:02}" for number in reversed(range(17))]
    assert names(await ann.text(LIST)) == newest[:15]
    assert names(await ann.text(f"{LIST}?size=5")) == newest[:5]
    assert names(await ann.text(f"{LIST}?size=10")) == newest[:10]
    assert names(await ann.text(f"{LIST}?size=50")) == newest
    assert names(await ann.text(f"{LIST}?size=all")) == newest
    assert names(await ann.text(f"{LIST}?size=a-lot")) == newest[:15]
    first = await ann.text(f"{LIST}?size=5")
    second = await ann.text(link(first, "next"))
    third = await ann.text(link(second, "next"))
    assert names(second) + names(third) == newest[5:15]
    assert names(await ann.text(link(third, "prev"))) == newest[5:10]
    assert names(await ann.text(link(second, "prev"))) == newest[:5]
    assert 'rel="prev"' not in first


def link(page, rel):
    [found] = re.findall(rf'rel="{rel}" href="([^"]+)"', page)
    return found.replace("&amp;", "&")


async def test_the_list_is_filtered_by_state_and_purpose(site, ann):
    """S0-04: the coupons' page lists what there is."""
    draft, sold = await site.coupon("One"), await site.coupon("Two", purpose="sales")
    gone = await site.coupon("Three")
    run = site.db.screens.execute
    await run("UPDATE coupon SET state = 'draft' WHERE id = $1", draft)
    await run("UPDATE coupon SET state = 'archived' WHERE id = $1", gone)
    assert names(await ann.text(LIST)) == ["Two", "One"]
    assert names(await ann.text(f"{LIST}?state=draft")) == ["One"]
    assert names(await ann.text(f"{LIST}?state=archived")) == ["Three"]
    assert names(await ann.text(f"{LIST}?purpose=sales")) == ["Two"]
    assert names(await ann.text(f"{LIST}?purpose=sales&state=draft")) == []
    assert "No coupon fits this choice" in await ann.words(f"{LIST}?q=nothing&size=all")
    assert str(sold) in await ann.text(f"{LIST}/{sold}")


async def test_the_first_coupon_is_offered_where_there_is_none(site, ann):
    """S0-05: the "New coupon" button."""
    page = await ann.text(LIST)
    assert "No coupon yet" in page
    assert page.count(f'href="{LIST}/new"') == 2


async def test_the_rows_alone_come_for_a_live_update(site, ann):
    await site.coupon("Latte 50")
    part = await (await ann.part(f"{LIST}/rows?q=latte")).text()
    assert 'hx-swap-oob="morph"' in part
    assert "<html" not in part
    assert names(part) == ["Latte 50"]


async def test_another_workspaces_coupons_are_neither_listed_nor_opened(site, ann):
    theirs = await site.coupon("Secret", workspace=site.rival)
    assert names(await ann.text(LIST)) == []
    for path in ("", "/claims", "/claims.csv", "/claims.xlsx", "/claims/rows"):
        assert (await ann.get(f"{LIST}/{theirs}{path}")).status == 404


async def test_who_may_not_make_coupons_is_offered_no_button(site):
    await site.member("Ken", "supervisor")
    ken = await site.browser("ken@tea.example")
    assert "New coupon" not in await ken.words(LIST)


async def test_agents_have_no_business_with_figures(site):
    await site.member("Sue", "service_agent")
    sue = await site.browser("sue@tea.example")
    assert (await sue.get(LIST)).status == 403
    assert LIST not in await sue.text("/console/inbox")
