"""Working together in real browsers: a note that calls a colleague, a snooze, acts on selected rows."""

from __future__ import annotations

from playwright.async_api import expect

from tests.axe import hindrances

PHONE = {"viewport": {"width": 390, "height": 844}}


async def live(page):
    await expect(page.locator("[data-role=live-state]")).to_have_attribute("data-state", "live")
    return page


async def test_sue_calls_ken_in_a_note_and_ken_puts_the_conversation_off(site, desk):
    await site.member("Sue", "service_agent")
    await site.member("Ken", "supervisor")
    chat = await site.chat("Mei Lin", status="waiting", unread=0)
    sue = await live(await desk.open("sue@tea.example", f"/console/inbox/{chat.id}"))
    ken = await live(await desk.open("ken@tea.example", "/console/inbox"))
    await sue.get_by_text("Internal note").click()
    note = sue.get_by_role("textbox", name="Note for the team")
    await note.press_sequentially("please look @k")
    await expect(sue.locator("#note-names").get_by_role("option", name="Ken")).to_be_visible()
    await note.press("Enter")
    await expect(note).to_have_value("please look @Ken ")
    assert await hindrances(sue) == []
    await note.press_sequentially("today")
    await sue.get_by_role("button", name="Save the note").click()
    await expect(sue.locator("[data-role=note]")).to_contain_text("please look @Ken today")
    await expect(note).to_have_value("")

    badge = ken.locator("[data-role=mention-count] .badge-count")
    await expect(badge).to_be_visible()
    await ken.get_by_role("link", name="Mentions").click()
    await expect(ken.locator("[data-role=mention]")).to_contain_text("please look @Ken today")
    assert await hindrances(ken) == []
    await ken.locator("[data-role=mention]").click()
    await live(ken)
    await expect(ken.locator("[data-role=note] .mention")).to_be_visible()
    await expect(badge).to_have_count(0)

    await ken.locator("[data-role=snooze]").click()
    sheet = ken.locator("[data-role=snooze-sheet]")
    await expect(sheet).to_be_visible()
    assert await hindrances(ken) == []
    await sheet.get_by_role("button", name="until tomorrow at 9:00").click()
    await expect(sheet).to_be_hidden()
    for page in (ken, sue):
        await expect(page.locator("[data-role=snoozed-until]")).to_contain_text("5 May 09:00")
        await expect(page.locator("[data-act=snoozed]")).to_contain_text("Ken snoozed this")


async def test_rows_are_selected_and_acted_on_together(site, desk):
    await site.member("Ken", "supervisor")
    for n in range(3):
        await site.chat(f"Customer {n}", status="waiting")
    ken = await live(await desk.open("ken@tea.example", "/console/inbox", **PHONE))
    await ken.get_by_role("button", name="Select").click()
    await ken.get_by_role("checkbox", name="Select Customer 0").check()
    await expect(ken.locator("#bulk-count")).to_have_text("1 selected")
    await ken.get_by_role("button", name="All shown").click()
    await expect(ken.locator("#bulk-count")).to_have_text("3 selected")
    assert await hindrances(ken) == []
    await ken.get_by_role("checkbox", name="Select Customer 2").uncheck()
    await ken.locator("[data-role=bulk]").get_by_role("button", name="Close").click()
    await expect(ken.locator("#bulk-told")).to_have_text("2 conversations done.")
    await expect(ken.locator("#rows .state-closed")).to_have_count(2)
    await expect(ken.locator("[data-role=bulk]")).to_be_hidden()
