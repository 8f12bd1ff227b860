"""The contact panel where only a browser can tell: what is being typed outlives what others change meanwhile."""

from __future__ import annotations

from playwright.async_api import expect


async def test_a_field_keeps_focus_and_words_while_a_colleague_changes_others(site, desk):
    chat = await site.chat("Mei")
    await site.member("Sue", "service_agent")
    await site.member("Ken", "supervisor")
    page = await desk.open("sue@tea.example", f"/console/inbox/{chat.id}")
    await expect(page.locator("[data-role=live-state] [data-when=live]")).to_be_visible()
    phone = page.locator("#contact-phone")
    await phone.click()
    await page.keyboard.type("0912-345")
    ken = await site.browser("ken@tea.example")
    await ken.act(f"/console/contacts/{chat.contact}/tags?chat={chat.id}", value="vip")
    await expect(page.locator("#contact [data-role=tag]")).to_be_visible()
    await expect(phone).to_be_focused()
    await expect(phone).to_have_value("0912-345")
    await page.keyboard.type("-678")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator("#contact-email")).to_be_focused()
    await expect(phone).to_have_value("0912345678")
    await phone.fill("nonsense")
    await page.keyboard.press("Tab")
    await expect(page.locator("#contact .field-why")).to_be_visible()
    await ken.act(f"/console/contacts/{chat.contact}/fields/name?chat={chat.id}", value="Mei Lin")
    await expect(page.locator("#thread-head h1")).to_have_text("Mei Lin")
    await expect(phone).to_have_value("nonsense")
    await phone.fill("")
    await page.keyboard.press("Tab")
    await expect(page.locator("#contact .field-why")).to_be_hidden()
    await expect(page.locator("#contact h2")).to_have_text("Mei Lin")
