"""The coupons' screens in a real browser: figures that move by themselves, every size and theme, a keyboard."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from conversations.search_index import rebuild as file_all
from tests.agent_console.coupon_rows import Shopfront
from tests.agent_console.desk import Desk
from tests.inspector import Inspector


@pytest.fixture
async def page(site, browser):
    """Ann's browser, signed in; an error in the page fails the test."""
    await site.member("Ann", "admin")
    desk = Desk(site, browser)
    yield await desk.open("ann@tea.example", "/console/coupons")
    await desk.close()


@pytest.fixture
async def shop(site):
    """A coupon with a redeemed, an opened and a voided claim."""
    shop = Shopfront(site)
    shop.coupon = await site.coupon("Latte 50", per_contact_limit=None, rules="One cup a visit.")
    for number in range(3):
        claim = await shop.claim(shop.coupon, await site.chat(f"Guest {number}"))
        if number:
            await shop.open(claim)
        if number == 2:
            await shop.redeem(claim)
    await shop.count()
    return shop


async def test_the_figures_move_by_themselves(site, page, shop):
    await page.goto("/console/coupons")
    row = page.locator(f'[data-coupon="{shop.coupon}"]')
    await expect(row.locator("[data-role=claimed]")).to_contain_text("3")
    await shop.claim(shop.coupon, await site.chat("Lin"))
    await shop.count()
    await expect(row.locator("[data-role=claimed]")).to_contain_text("4")
    await page.goto(f"/console/coupons/{shop.coupon}")
    await expect(page.locator("[data-role=span-claimed]")).to_have_text("4")
    await shop.claim(shop.coupon, await site.chat("Tom"))
    await shop.count()
    await expect(page.locator("[data-role=span-claimed]")).to_have_text("5")


async def test_the_records_follow_a_claim_of_their_coupon(site, page, shop):
    """A claim's change is about the claim and names its coupon: the records' part is found by that."""
    await page.goto(f"/console/coupons/{shop.coupon}/claims")
    rows = page.locator("[data-role=claim]")
    await expect(rows).to_have_count(3)
    await shop.claim(shop.coupon, await site.chat("Lin"))
    await expect(rows).to_have_count(4)


async def test_a_form_somebody_types_in_stays_open_while_figures_move(site, page, shop):
    """S2-23: a live change neither closes the form nor is lost: the list has it once the form is closed."""
    second = await page.context.new_page()
    for tab in (page, second):
        await tab.goto("/console/coupons")
    await page.locator("[data-role=change-quantity]").click()
    field = page.locator("[data-inline=quantity] input").first
    await field.fill("77")
    # Three changes, each waited for in the other tab: this one would have been redrawn by then.
    for name in ("One", "Two", "Three"):
        await site.coupon(name)
        await expect(second.get_by_role("link", name=name, exact=True)).to_be_visible()
        await expect(field).to_have_value("77")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("link", name="Three", exact=True)).to_be_visible()


async def test_no_screen_of_a_coupon_hinders_anybody_in_any_size_or_theme(page, shop):
    inspector = Inspector()
    for rest in ("", f"/{shop.coupon}", *(f"/{shop.coupon}/{one}" for one in PAGES)):
        await page.goto("/console/coupons" + rest)
        await inspector.look(page, f"coupon{rest[-12:]}".replace("/", "-"))
    assert inspector.found == []


PAGES = ("claims", "settings", "quotas", "ledger", "ledger?check=1")


async def test_the_trend_can_be_read_as_a_table_and_records_found_with_the_keyboard(
    site, page, shop
):
    await file_all(site.db, site.clock.now())
    await page.goto(f"/console/coupons/{shop.coupon}")
    await page.locator(".as-table summary").press("Enter")
    await expect(page.locator("[data-role=day]")).to_have_count(7)
    await page.get_by_role("link", name="Records").first.press("Enter")
    await page.get_by_label("Search by name, phone, code or number").fill("guest 2")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-role=claim]")).to_have_count(1)
    await expect(page.locator("[data-role=claim]")).to_contain_text("Ray/Xinyi")
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="CSV").click()
    assert (await waiting.value).suggested_filename.endswith(".csv")
