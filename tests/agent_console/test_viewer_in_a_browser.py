"""The pictures of a thread in a real browser: the viewer, and a thread that does not jump."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PIL import Image
from playwright.async_api import expect

from conversations.actions.take_over import announce
from tests.agent_console.chats import attach, say
from tests.agent_console.desk import Desk

PLACE = "(id) => document.getElementById(id).getBoundingClientRect().top"


@pytest.fixture
async def visit(site, browser):
    """Open a signed-in page; an error in any page fails the test."""
    desk = Desk(site, browser)

    async def open_page(chat):
        page = await desk.open("sue@tea.example", f"/console/inbox/{chat.id}")
        await expect(page.locator("[data-role=live-state]")).to_have_attribute("data-state", "live")
        return page

    yield open_page
    await desk.close()


async def picture(site, chat, name, later):
    folder = site.folder / "media"
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (60, 40), "teal").save(folder / "tile", "PNG")
    message = await say(chat, "", kind="image", later=later)
    facts = {
        "content_type": "image/png",
        "name": name,
        "storage_key": "tile",
        "source": {"width": 60, "height": 40},
    }
    return await attach(chat, message, "image", **facts)


async def test_the_viewer_leads_through_the_pictures_by_keyboard(site, visit):
    await site.member("Sue", "service_agent")
    chat = await site.chat()
    first, second = [
        await picture(site, chat, name, timedelta(minutes=n))
        for n, name in enumerate(("cup.png", "pot.png"), 1)
    ]
    page = await visit(chat)
    await page.locator(f"#f-{first}").focus()
    await page.keyboard.press("Enter")
    viewer = page.locator("#viewer")
    await expect(viewer).to_be_visible()
    await expect(viewer).to_contain_text("1 / 2")
    await expect(page.locator("#viewer-picture")).to_have_attribute("alt", "cup.png")
    await page.keyboard.press("ArrowRight")
    await expect(viewer).to_contain_text("2 / 2")
    await expect(page.locator("#viewer-about")).to_contain_text("pot.png")
    await expect(viewer.locator("[data-role=viewer-download]")).to_have_attribute(
        "href", str(site.server.make_url(f"/console/media/{second}"))
    )
    await page.keyboard.press("+")
    await expect(viewer).to_have_attribute("data-zoom", "1")
    await page.keyboard.press("0")
    await expect(viewer).to_have_attribute("data-zoom", "0")
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    await expect(page.locator(f"#f-{first}")).to_be_focused()


async def test_what_is_read_stays_in_its_place_while_files_come_above(site, visit):
    await site.member("Sue", "service_agent")
    chat = await site.chat(said="")
    waiting = await say(chat, "", kind="file")
    key = await attach(chat, waiting, "file", state="waiting")
    lines = [await say(chat, f"line {n}", later=timedelta(seconds=n + 1)) for n in range(40)]
    page = await visit(chat)
    read = f"m-{lines[20]}"
    await page.locator(f"[id='{read}']").evaluate("one => one.scrollIntoView({ block: 'center' })")
    before = await page.evaluate(PLACE, read)
    run = site.db.screens.execute
    await run(
        "UPDATE attachment SET state = 'failed', name = repeat('a long name ', 20) WHERE id = $1",
        key,
    )
    async with site.db.transaction() as tx:
        await announce(tx, site.house, chat.id, 1, site.clock.now())
    site.live.committed()
    await expect(page.locator("[data-role=fetch-again]")).to_have_count(1)
    assert abs(await page.evaluate(PLACE, read) - before) < 2
