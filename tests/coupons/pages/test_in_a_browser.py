"""The claim's page in a real browser: opened by being seen, counting down, copied, redeemed."""

from __future__ import annotations

import io
import itertools
import re
from datetime import timedelta

import pytest
from PIL import Image
from playwright.async_api import expect
from pyzbar import pyzbar

from tests.axe import THEMES, TRANSLATED


async def test_being_seen_opens_the_coupon_and_copying_says_the_exact_code(
    shop, visit, issue, pictures
):
    path, claim = await issue(
        codes=1, validity_mode="claim", lasts_minutes=180, code_format="ean_13", **pictures
    )
    page = await visit(path)
    await expect(page.locator("code").first).to_have_text(
        f"{claim.number[:4]} {claim.number[4:8]} {claim.number[8:]}"
    )
    assert await shop.count("claim WHERE first_opened_at IS NOT NULL") == 1
    pictured = await page.locator(".barcode.qr").screenshot()
    [seen] = pyzbar.decode(Image.open(io.BytesIO(pictured)))
    assert seen.data.decode() == claim.number
    await page.get_by_role("button", name="Copy", exact=True).click()
    code = await shop.db.screens.fetchval("SELECT code FROM claim")
    await expect(page.locator(".toast")).to_have_text(f"Copied: {code}")
    assert await page.evaluate("navigator.clipboard.readText()") == code


async def test_the_countdown_moves_and_goes_on_after_a_reload(visit, issue, clock):
    path, _ = await issue(validity_mode="open", lasts_minutes=30)
    page = await visit(path)
    shown = page.locator("[data-clock]")
    await expect(shown).to_have_text(re.compile(r"00:29:\d\d"))
    clock.advance(timedelta(minutes=10))
    await page.reload()
    await expect(shown).to_have_text(re.compile(r"00:19:\d\d"))


async def test_the_staff_redeem_with_their_pin(visit, issue):
    path, _ = await issue()
    page = await visit(path)
    await page.locator(".redeem summary").click()
    await expect(page.locator("#pin")).to_be_focused()
    await page.keyboard.type("0000")
    await page.keyboard.press("Enter")
    await expect(page.locator("[role=alert]")).to_have_text("This PIN is not right.")
    await page.locator("#pin").fill("4821")
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.locator(".stamp")).to_contain_text("Xinyi by Ray")
    assert page.url.endswith(path)


async def test_without_script_the_button_opens(visit, issue):
    path, claim = await issue()
    page = await visit(path, java_script_enabled=False)
    await page.get_by_role("button", name="Show my coupon").click()
    await expect(page.locator("code").first).to_contain_text(claim.number[:4])


@pytest.mark.parametrize("language", ["en", "zh-TW"])
async def test_axe_finds_nothing_in_any_state(shop, visit, issue, pictures, language, check):
    facts = {"validity_mode": "claim", "lasts_minutes": 180, "code_format": "ean_13"}
    path, _ = await issue(codes=1, language=language, **facts, **pictures)
    page = await visit(path)

    async def look(state):
        themes = THEMES if language == "en" else TRANSLATED
        for width, (theme, rules) in itertools.product((390, 1440), themes):
            await page.set_viewport_size({"width": width, "height": 844})
            await page.emulate_media(color_scheme=theme)
            await check(page, f"{state}-{width}-{theme}-{language}", rules)

    await page.locator(".code").wait_for()
    await look("during")
    await page.locator(".redeem summary").click()
    await page.locator("details").last.locator("summary").click()
    await look("pin")
    for state in ("redeemed", "voided"):
        await shop.db.screens.execute("UPDATE claim SET state = $1, redeemed_at = issued_at", state)
        await page.reload()
        await page.locator(".stamp").wait_for()
        await look(state)
