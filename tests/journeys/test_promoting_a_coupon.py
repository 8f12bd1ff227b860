"""A marketer puts a coupon on a poster; customers of every messenger claim it through the poster's code."""

from __future__ import annotations

import io
import os
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import expect
from pyzbar import pyzbar

from tests.axe import violations
from tests.journeys.people import CHANNELS

SHOTS = os.environ.get("TESSERA_SHOTS", "")
CLAIMS = "SELECT count(*) FROM claim WHERE trigger = 'link: Poster'"


async def check(page, name):
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
    assert await violations(page) == []


@pytest.fixture
async def here(demo):
    coupon = await demo.value("SELECT id FROM coupon WHERE name = 'Latte 50'")
    return f"{demo.url}/console/coupons/{coupon}/promote"


async def test_a_poster_leads_into_every_messenger(demo, desk, console, screens, here):
    """S2-30, S2-31, S2-32, S4-13: from the printed code to the card in the chat, on every channel."""
    ann = (await console("Ann")).page
    await ann.goto(here)
    await ann.get_by_label("Promotion channel").fill("Poster")
    await ann.get_by_role("button", name="Add link").click()
    row = ann.locator("[data-role=promotion]")
    address = await row.locator("input").input_value()
    await check_both(ann, "promote")
    landing = await screens(viewport={"width": 390, "height": 844}, locale="en-GB")
    await landing.goto(await scanned(ann))
    assert landing.url == address
    await check(landing, "landing-390")
    for channel, name in CHANNELS.items():
        await follow(desk.phone(channel), landing, channel)
        await expect(desk.phone(channel).links.last).to_be_visible()
        assert name
    await demo.until(CLAIMS, wanted=4)


async def follow(phone, landing, channel):
    """Do what the landing page's link does on a phone: the typed word is sent, or the referral arrives."""
    label = {
        "line": "LINE",
        "messenger": "Messenger",
        "instagram": "Instagram",
        "whatsapp": "WhatsApp",
    }
    link = landing.get_by_role("link", name=f"Continue in {label[channel]}")
    address = await link.get_attribute("href")
    word = address.rpartition("?")[2].rpartition("=")[2]
    if channel in {"line", "whatsapp"}:
        await phone.say(word)
        return
    await phone.choose("Open a link with ref…")
    await phone.page.locator("[data-role=dialog-text]").fill(word)
    await phone.page.locator("[data-role=dialog] button[value=ok]").click()


async def scanned(ann):
    """Download two sizes and read one of them as a phone's camera does."""
    await ann.get_by_role("radio", name="Heart").check()
    await ann.get_by_label("256 × 256").check()
    async with ann.expect_download() as started:
        await ann.get_by_role("button", name="Download").click()
    path = await (await started.value).path()
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 2
        [seen] = pyzbar.decode(Image.open(io.BytesIO(archive.read(archive.namelist()[0]))))
    return seen.data.decode()


async def check_both(page, name):
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width in (1440, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            await check(page, f"{name}-{width}-{scheme}")
    await page.set_viewport_size({"width": 1440, "height": 900})


async def test_my_coupons_come_into_the_chat_and_open_from_there(demo, desk, screens):
    """S4-16: the wallet opens by a short-lived link in the customer's own chat only."""
    mei = desk.phone("line")
    await mei.say("latte")
    await expect(mei.links.first).to_be_visible()
    page = await screens(viewport={"width": 390, "height": 844})
    await page.goto(await mei.links.first.get_attribute("href"))
    await expect(page.locator(".code")).to_be_visible()
    await page.locator(".mine summary").click()
    await page.locator(".mine button").click()
    await expect(page.locator(".said")).to_have_text("已傳送，請查看您的聊天室。")
    assert await page.locator("a[href*='/c/mine/']").count() == 0
    await expect(mei.got.last).to_contain_text("/c/mine/")
    await page.locator(".mine button").click()
    await expect(page.locator(".said")).to_have_text("連結剛剛已經傳送過，請查看您的聊天室。")
    text = await mei.got.last.inner_text()
    link = next(word for word in text.split() if "/c/mine/" in word).split("：")[-1]
    await page.goto(link)
    await expect(page.get_by_role("link", name="Latte 50")).to_be_visible()
    await check(page, "mine")
    demo.clock.advance(timedelta(minutes=15))
    await page.reload()
    await expect(page.locator("h1")).to_contain_text("This link has ended")
