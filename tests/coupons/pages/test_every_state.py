"""The claim's page in every state and language, as a phone and a desk show it."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from coupons.page_words import WORDS
from tests import axe
from tests.axe import THEMES
from tests.waiting import comes

TAGS = {"en": "en", "zh-Hant": "zh-TW", "zh-Hans": "zh-CN", "ja": "ja", "th": "th"}
# Words of Thai have no spaces between them.
THAI = "เครื่องดื่มลาเต้ครึ่งราคาทุกสาขาตลอดเดือนนี้" * 8
# The card would hide what sticks out of it.
STICKS_OUT = "(card) => card.scrollWidth > card.clientWidth"
STAMPS = ("redeemed", "voided", "released", "given_away")
LOADED = "(image) => document.querySelector(image).naturalWidth > 0"
PAUSE = "UPDATE coupon SET state = $1"
STATE = "UPDATE claim SET state = $1, redeemed_at = issued_at"
STORES = "UPDATE store SET address = '松高路 11 號', phone = '+886-2-2720-0001', latitude = 25.03, longitude = 121.56"


def test_every_language_says_everything_with_the_same_places():
    places = {name: text.count("{") for name, text in WORDS["en"].items()}
    for table in WORDS.values():
        assert {name: text.count("{") for name, text in table.items()} == places
        assert all(text.strip() for text in table.values())


@pytest.mark.parametrize("language", TAGS)
async def test_the_page_speaks_each_language_in_each_state(
    shop, visit, issue, *, pictures, clock, check, language
):
    """S1-18: outside its validity the rules are shown and the code is not; axe finds nothing."""
    await shop.db.screens.execute(STORES)
    path, claim = await issue(
        codes=1,
        language=TAGS[language],
        validity_mode="claim",
        lasts_minutes=180,
        code_format="ean_13",
        benefit="discount",
        benefit_value=20,
        minimum_spend=500,
        **(pictures | ({"name": THAI[:80], "card_text": THAI[:300]} if language == "th" else {})),
    )
    t = WORDS[language]
    rules = axe.ALL if language == "en" else axe.WORDS
    page = await visit(path)
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await expect(page.locator(".code")).to_contain_text(t["number"])
    await expect(page.locator(".state")).to_contain_text(t["valid_for"])
    await expect(page.locator(".redeem summary")).to_have_text(t["redeem"])
    await check(page, f"state-during-{language}", rules)
    await page.set_viewport_size({"width": 320, "height": 640})
    assert not await page.locator(".card").evaluate(STICKS_OUT)
    await shop.db.screens.execute(PAUSE, "paused")
    await page.reload()
    await expect(page.locator(".stamp")).to_contain_text(t["not_usable"])
    await shop.db.screens.execute(PAUSE, "published")
    clock.advance(timedelta(hours=3))
    await page.reload()
    await expect(page.locator(".stamp")).to_contain_text(t["expired"])
    await check(page, f"state-after-{language}", rules)
    for state in STAMPS:
        await shop.db.screens.execute(STATE, state)
        await page.reload()
        await expect(page.locator(".stamp")).to_be_visible()
        assert claim.number[:4] not in await page.content()
        await page.get_by_text(t["rules"], exact=True).click()
        await expect(page.locator(".words")).to_contain_text("One cup a visit.")
        await check(page, f"state-{state}-{language}", rules)


async def test_before_its_time_the_page_counts_down_to_the_start(
    visit, issue, clock, check, pictures
):
    """S1-15, S1-18: not yet valid: from when is said, the code hidden, the calendar offered."""
    starts = clock.now() + timedelta(hours=30)
    path, claim = await issue(valid_from=starts, **pictures)
    page = await visit(path)
    await expect(page.locator("[data-clock]")).to_have_text(re.compile(r"1 days 05:59:\d\d"))
    assert claim.number[:4] not in await page.content()
    await expect(page.get_by_role("link", name="Add to calendar")).to_be_visible()
    for theme, rules in THEMES:
        await page.emulate_media(color_scheme=theme)
        await check(page, f"state-before-{theme}", rules)


async def test_the_coupons_own_colours_are_kept_readable(visit, issue, pictures, check):
    """S0-20, S0-21, S0-22: background, logo and picture as designed; no words that cannot be read."""
    path, _ = await issue(
        colour_page="#FFE9B0",
        colour_border="#C99A2E",
        colour_button="#FFD24A",
        colour_button_text="#FFFFFF",
        **pictures,
    )
    page = await visit(path)
    await page.locator(".code").wait_for()
    for image in (".brand img", "img.picture"):
        await comes(page, LOADED, image)
    for width, (theme, rules) in itertools.product((390, 1440), THEMES):
        await page.set_viewport_size({"width": width, "height": 844})
        await page.emulate_media(color_scheme=theme)
        await expect(page.locator("body")).to_have_css("background-color", "rgb(255, 233, 176)")
        await expect(page.locator(".redeem summary")).to_have_css("color", "rgb(34, 37, 43)")
        await page.get_by_role("button", name="Copy").click()
        await expect(page.locator(".toast")).to_contain_text("Copied")
        await check(page, f"colours-{width}-{theme}", rules)


async def test_a_shop_is_found_on_a_map_and_called_with_a_tap(shop, client, visit, issue, check):
    """S4-14: the address opens a map, a tap phones the shop."""
    await shop.db.screens.execute(STORES)
    path, _ = await issue()
    page = await visit(path)
    await page.get_by_text("Where it is valid").click()
    link = page.get_by_role("link", name="Map: Xinyi")
    assert await link.get_attribute("href") == (
        "https://www.google.com/maps/search/?api=1&query=25.03%2C121.56"
    )
    assert await link.get_attribute("rel") == "noopener noreferrer"
    call = page.get_by_role("link", name="Call: Xinyi")
    assert await call.get_attribute("href") == "tel:+886227200001"
    await check(page, "stores")
