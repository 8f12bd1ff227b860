"""The composer in a real browser: a saved reply by its slash, and all that its keys do."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import expect

from conversations.actions.saved_replies import Draft, Writer, add_reply
from tests.axe import hindrances


async def keep(site, member, shortcut, text):
    async with site.db.transaction() as tx:
        draft = Draft(shortcut=shortcut, text=text)
        await add_reply(tx, Writer(site.house, member, may_share=False), draft, site.clock.now())


async def test_a_slash_brings_a_saved_reply_by_keyboard(site, desk):
    sue = await site.member("Sue", "service_agent")
    await keep(site, sue.id, "hello", "Hello {name}, this is {member}.")
    await keep(site, sue.id, "help", "How may I help?")
    chat = await site.chat("Mei Lin", status="waiting", unread=0)
    page = await desk.open("sue@tea.example", f"/console/inbox/{chat.id}")
    box = page.get_by_role("textbox", name="Your answer")
    await box.press_sequentially("/hel")
    options = page.locator("#saved").get_by_role("option")
    await expect(options).to_have_count(2)
    await expect(options.first).to_have_attribute("aria-selected", "true")
    assert await hindrances(page) == []
    await box.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    await box.press("ArrowUp")
    await box.press("Enter")
    await expect(box).to_have_value("Hello Mei Lin, this is Sue.")
    await expect(page.locator("#saved")).to_be_hidden()
    await box.press("Enter")
    await expect(page.locator("#messages")).to_contain_text("Hello Mei Lin, this is Sue.")
    await expect(box).to_have_value("")
    await box.fill("Goodbye")
    await box.press("Control+Enter")
    await expect(page.locator("#messages")).to_contain_text("Goodbye")
    await expect(page.locator("#thread-head .state-closed")).to_be_visible()


async def test_keys_lead_through_the_inbox_and_leave_what_is_typed_alone(site, desk):
    await site.member("Sue", "service_agent")
    tom = await site.chat("Tom Baker", status="waiting", ago=timedelta(hours=1))
    mei = await site.chat("Mei Lin", status="waiting")
    page = await desk.open("sue@tea.example", "/console/inbox")
    await expect(page.locator("[data-role=live-state]")).to_have_attribute("data-state", "live")
    await page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(sheet).to_be_visible()
    assert await hindrances(page) == []
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    await page.keyboard.press("j")
    await expect(page.locator(f"#text-{mei.id}")).to_be_visible()
    await page.keyboard.press("j")
    box = page.locator(f"#text-{tom.id}")
    await expect(box).to_be_visible()
    await page.keyboard.press("r")
    await expect(box).to_be_focused()
    await page.keyboard.type("take care")
    await expect(box).to_have_value("take care")
    await box.blur()
    await page.keyboard.press("t")
    await expect(page.locator("#thread-head [data-role=take-over]")).to_have_count(0)
    await page.keyboard.press("e")
    await expect(page.locator("#thread-head .state-closed")).to_be_visible()
    await page.keyboard.press("/")
    await expect(page.locator("#q")).to_be_focused()
