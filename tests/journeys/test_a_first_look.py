"""What a newcomer sees in the first minutes: the numbered lines of the README, one after another."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.journeys.people import CHANNELS
from tests.waiting import comes

SENT = """
SELECT string_agg(DISTINCT d.method, ',') FROM delivery d JOIN message m ON m.id = d.message_id
JOIN conversation c ON c.id = m.conversation_id JOIN channel_account a ON a.id = c.account_id
WHERE a.channel = $1
"""
COUNTDOWN = re.compile(r"Valid for|剩餘時間")


async def test_latte_on_any_phone_brings_a_card_whose_page_is_redeemed_once(demo, desk, screens):
    for channel in CHANNELS:
        phone = desk.phone(channel)
        await phone.say("latte")
        await expect(phone.got.last).to_contain_text("Latte 50")
        await expect(phone.links.last).to_be_visible()
    await demo.until(SENT, "line", wanted="reply")
    assert await demo.value("SELECT count(*) FROM claim") == 4

    page = await desk.phone("line").tap_card()
    address = page.url
    await expect(page.locator("h1")).to_have_text("Latte 50")
    await comes(page, "document.querySelector('.picture').naturalWidth > 0")
    await expect(page.locator(".state")).to_contain_text(COUNTDOWN)
    await expect(page.locator("[data-clock]")).to_have_text(re.compile(r"0[23]:\d\d:\d\d"))
    number = await demo.value(
        "SELECT number FROM claim JOIN conversation c ON c.id = claim.conversation_id"
        " JOIN channel_account a ON a.id = c.account_id WHERE a.channel = 'line'"
    )
    await expect(page.locator("code").first).to_have_text(
        " ".join(number[n : n + 4] for n in range(0, 12, 4))
    )
    await expect(page.locator(".code svg").first).to_be_visible()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    copy = page.locator("[data-copy]").first
    await copy.click()
    code = await copy.get_attribute("data-copy")
    await expect(page.locator(".toast")).to_contain_text(code)
    assert await page.evaluate("navigator.clipboard.readText()") == code
    await page.locator("details:not(.redeem) summary").first.click()
    await expect(page.locator(".words")).to_contain_text("One cup a visit")

    other = await screens()
    await other.goto(address)
    await expect(other.locator(".redeem summary")).to_be_visible()
    await page.locator(".redeem summary").click()
    await page.locator("#pin").fill("4821")
    await page.locator(".redeem button").click()
    await expect(page.locator(".stamp.redeemed")).to_contain_text("Ray")
    # The page on the other phone turns by itself.
    await expect(other.locator(".stamp.redeemed")).to_contain_text("Ray")
    await page.reload()
    await expect(page.locator(".stamp.redeemed")).to_contain_text("Xinyi")
    await expect(page.locator(".code")).to_have_count(0)
    assert await demo.value("SELECT count(*) FROM redemption") == 1


async def test_an_agent_sees_four_chats_arrive_live_answers_one_and_sends_a_coupon(
    demo, desk, console
):
    sue = await console("Sue")
    await expect(sue.rows).to_have_count(0)
    await sue.page.evaluate("window.notReloaded = true")
    for count, (channel, name) in enumerate(CHANNELS.items(), 1):
        await desk.phone(channel).say("Is the tea house open today?")
        await expect(sue.rows).to_have_count(count)
        await expect(sue.row(name)).to_contain_text("Is the tea house open today?")
    assert await sue.page.evaluate("window.notReloaded")

    await sue.open("Tom")
    await sue.reply("Yes, until nine in the evening.")
    await expect(desk.phone("whatsapp").got.last).to_contain_text("until nine in the evening")
    await expect(sue.messages.last).to_have_attribute("data-state", re.compile("delivered|read"))

    await sue.open("Mei")
    await sue.open_drawer()
    offer = sue.offer("Service 20")
    await expect(offer).to_contain_text("5 left for you · 50 in stock")
    await expect(sue.offer("Latte 50")).to_have_count(0)
    await sue.send_coupon("Service 20")
    await expect(offer).to_contain_text("4 left for you · 49 in stock")
    await expect(offer).to_have_attribute("aria-disabled", "true")
    await expect(offer.locator("[data-role=offer-reason]")).to_contain_text("already")
    await expect(sue.messages.last).to_contain_text("Service 20")
    await expect(sue.messages.last).to_contain_text("Sue")
    await expect(desk.phone("line").got.last).to_contain_text("Service 20")

    await demo.allow("Sue", 1)
    await sue.open("Lin")
    await sue.open_drawer()
    await expect(offer).to_contain_text("0 left for you · 49 in stock")
    await expect(offer).to_have_attribute("aria-disabled", "true")
    await expect(offer.get_by_role("radio")).to_be_disabled()
    await expect(offer.locator("[data-role=offer-reason]")).to_contain_text("quota")
