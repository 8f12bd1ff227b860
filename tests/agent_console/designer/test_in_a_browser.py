"""The designer in a real browser: create, err, watch the phone, publish, pause, top up; axe finds nothing."""

from __future__ import annotations

import re

from PIL import Image
from playwright.async_api import expect

from tests.inspector import Inspector


async def test_from_an_empty_form_to_a_published_coupon(site, screen):
    """S0-05, S0-24, S0-25, S1-43, S1-46, S1-47, S2-04: the marketer's way, with a mistake on it."""
    page = await screen("/console/coupons/new")
    await page.fill("[name=name]", "Oolong 20")
    await expect(page.locator("[data-chat=line]")).to_contain_text("Oolong 20")
    await page.fill("[name=rules]", "One cup a visit.")
    await expect(page.locator("[data-counter=rules]")).to_contain_text("16 / 1,000")
    await page.fill("[name=quantity]", "many")
    await page.click("[data-role=save]")
    await expect(page.locator("[data-role=summary]")).to_be_focused()
    await expect(page.locator("[name=quantity]")).to_have_value("many")
    await expect(page.locator("[name=rules]")).to_have_value("One cup a visit.")
    await page.locator("[data-role=summary] a").first.click()
    await expect(page.locator("[name=quantity]")).to_be_focused()
    await page.fill("[name=quantity]", "20")
    await expect(page.locator("#state-bar")).to_contain_text("2 things to finish")
    await page.locator("[data-role=lacking] summary").click()
    await page.get_by_role("link", name="The code: Write the code").click()
    await page.locator("[name=fixed_code]").fill("OOLONG20")
    await page.check("[name=period][value=hours]")
    await page.fill("[name=hours]", "3")
    await expect(page.locator("#state-bar")).to_contain_text("ready to publish")
    await page.click("[data-role=save]")
    await expect(page.locator("#state-bar")).to_contain_text("Draft")
    await page.click("[data-role=publish]")
    await expect(page.locator("#state-bar")).to_contain_text("Published")
    await page.click("[data-role=pause]")
    await expect(page.locator("#state-bar")).to_contain_text("Paused")
    await page.click("[data-role=resume]")
    await page.goto("/console/coupons")
    await page.locator("[data-role=change-quantity]").click()
    await page.locator("[data-role=inline-quantity] [name=quantity]").fill("30")
    await page.locator("[data-role=inline-quantity] button").first.click()
    await expect(page.locator("[data-inline=quantity]")).to_contain_text("saved")
    assert await site.db.screens.fetchval("SELECT count(*) FROM unit WHERE state = 'free'") == 30


async def test_the_phone_shows_the_page_of_what_is_typed(screen):
    """S0-15, S0-24, S1-18: before, now and after, and nothing in it acts."""
    page = await screen("/console/coupons/new")
    await page.fill("[name=name]", "Oolong 20")
    await page.fill("[name=fixed_code]", "OOLONG20")
    await page.check("[name=period][value=open]")
    steps = await page.evaluate("history.length")
    await page.get_by_role("button", name="Page now").click()
    frame = page.frame_locator("[data-role=phone-page] iframe:not(.coming)")
    await expect(frame.get_by_role("heading", name="Oolong 20")).to_be_visible()
    await expect(frame.get_by_text("OOLONG20", exact=True)).to_be_visible()
    await page.fill("[name=name]", "Oolong 30")
    await expect(frame.get_by_role("heading", name="Oolong 30")).to_be_visible()
    await page.get_by_role("button", name="Page after").click()
    await expect(frame.get_by_text("OOLONG20", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="WhatsApp").click()
    await expect(page.locator("[data-chat=whatsapp]")).to_be_visible()
    await expect(page.locator("[data-chat=line]")).to_be_hidden()
    assert await page.evaluate("history.length") == steps


async def test_a_picture_is_chosen_replaced_and_deleted(screen, tmp_path):
    """S1-41, S1-42: hover to replace or delete."""
    photo = tmp_path / "photo.png"
    Image.new("RGB", (400, 300), "#1f7a5c").save(photo)
    page = await screen("/console/coupons/new")
    place = page.locator("[data-role=picture][data-kind=coupon]")
    await place.locator("[data-role=picture-file]").set_input_files(photo)
    await expect(place.locator("[name=image_key]")).to_have_value(re.compile(r"^coupon-\w+\.jpg$"))
    await expect(place).to_contain_text("less than 660 pixels wide")
    await expect(page.locator("[data-chat=line] img")).to_have_count(1)
    await place.locator(".picture-frame").hover()
    await place.locator("[data-role=picture-delete]").click()
    await expect(place.locator("[name=image_key]")).to_have_value("")
    await expect(page.locator("[data-chat=line] img")).to_have_count(0)
    wrong = tmp_path / "logo.png"
    wrong.write_bytes(b"<svg/>")
    await place.locator("[data-role=picture-file]").set_input_files(wrong)
    await expect(place.locator("[data-role=picture-error]")).to_contain_text("not a picture")


async def test_nothing_hinders_anybody_in_any_size_or_theme(site, screen, mia_saved):
    page = await screen("/console/coupons/new")
    inspector = Inspector()
    await page.get_by_role("button", name="Page now").click()
    await inspector.look(page, "designer-new")
    await page.goto(f"{mia_saved}/edit")
    await inspector.look(page, "designer-draft")
    await page.fill("[name=name]", "")
    await page.fill("[name=colour_button]", "#FFCC00")
    await page.click("[data-role=save]")
    await expect(page.locator("[data-role=summary]")).to_be_visible()
    await inspector.look(page, "designer-error")
    await page.goto(f"{mia_saved}/history")
    await inspector.look(page, "designer-history")
    assert inspector.found == []
