"""Two agents at once: each sees what the other does, and a customer is not answered twice unawares."""

from __future__ import annotations

from playwright.async_api import expect

from tests.axe import hindrances


async def test_sue_and_ken_see_each_other_and_the_second_answer_is_asked_about(demo, desk, console):
    """G2 step 1 with a second agent beside. Lessons 13 and 14: presence, a warning, and a held answer."""
    mei = desk.phone("line")
    await mei.say("My tea was cold")
    sue, ken = await console("Sue"), await console("Ken")
    await sue.open("Mei")
    await expect(ken.row("Mei").locator(".here-looking")).to_be_visible()
    await ken.open("Mei")
    await expect(ken.head.locator(".head-present")).to_have_text("Sue is lookingSue is looking")
    await sue.head.locator("[data-role=take-over]").click()
    await expect(ken.head.locator(".who")).to_have_text("Sue")

    # Ken writes while the network is slow: what Sue sends does not reach his screen in time.
    await ken.page.route("**/thread?**", lambda route: route.abort())
    await ken.thread.locator("textarea[name=text]").fill("A new one is on its way")
    await expect(sue.page.locator("#others-write")).to_have_text("Ken is writing an answer here.")
    await expect(sue.row("Mei").locator(".here-writing")).to_be_visible()
    assert await hindrances(sue.page) == []
    await expect(ken.row("Mei").locator("[data-role=draft-mark]")).to_be_visible()
    await expect(sue.row("Mei").locator("[data-role=draft-mark]")).to_have_count(0)
    await sue.reply("I am so sorry, Mei")
    await expect(sue.messages.last).to_contain_text("I am so sorry, Mei")
    await ken.thread.locator("button[data-role=send]").click()
    held = ken.page.locator("#held")
    await expect(held).to_contain_text("Yours is not sent yet.")
    await expect(held).to_contain_text("Sue answered")
    await expect(held.locator("blockquote")).to_have_text("I am so sorry, Mei")
    await expect(ken.thread.locator("textarea[name=text]")).to_have_value("A new one is on its way")
    await expect(ken.thread.locator("button[data-role=send]")).to_be_disabled()
    assert await hindrances(ken.page) == []
    await expect(mei.got).to_have_count(1)

    # On another device he finds what he wrote, and the conversation as it is.
    phone = await console("Ken", viewport={"width": 390, "height": 844})
    await phone.open("Mei")
    box = phone.thread.locator("textarea[name=text]")
    await expect(box).to_have_value("A new one is on its way")
    await held.get_by_role("button", name="Send anyway").click()
    await expect(mei.got).to_have_count(2)
    await expect(ken.thread.locator("textarea[name=text]")).to_have_value("")
    await expect(ken.row("Mei").locator("[data-role=draft-mark]")).to_have_count(0)
    await expect(sue.messages.last).to_contain_text("A new one is on its way")
