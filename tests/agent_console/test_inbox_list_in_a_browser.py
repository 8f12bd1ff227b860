"""The conversation list in a real browser: a window of rows that scrolls, and keeps its place while others write."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from conversations.actions.take_over import announce
from conversations.search_index import rebuild
from tests.agent_console.desk import Desk

ROWS = "#rows [data-role=conversation]"
# The first row that is wholly in sight, and how far below the upper edge.
IN_SIGHT = """() => {
  const edge = document.querySelector("#list-scroller").getBoundingClientRect().top;
  const row = [...document.querySelectorAll("#rows [data-role=conversation]")]
    .find((one) => one.getBoundingClientRect().top >= edge);
  const name = row.querySelector(".row-name").textContent;
  return { name, top: Math.round(row.getBoundingClientRect().top - edge) };
}"""
# Scrolls on until a row is there; every step waits for a frame.
SCROLL = """(name) => new Promise((done) => {
  const box = document.querySelector("#list-scroller");
  const step = () => {
    const row = [...document.querySelectorAll(".row-name")].find((one) => one.textContent === name);
    if (row) { row.scrollIntoView({ block: "start" }); return done(document.querySelectorAll(".chat-row").length); }
    box.scrollTop += 600;
    requestAnimationFrame(step);
  };
  step();
})"""


@pytest.fixture
async def page(site, browser):
    """Sue's inbox with many customers; an error in the page fails the test."""
    await site.member("Sue", "service_agent")
    site.guests = [
        await site.chat(f"Guest {n:03}", said="", ago=timedelta(minutes=n + 1), unread=0)
        for n in range(260)
    ]
    desk = Desk(site, browser)
    page = await desk.open("sue@tea.example", "/console/inbox")
    await expect(page.locator("[data-role=live-state]")).to_have_attribute("data-state", "live")
    yield page
    await desk.close()


async def write(site, chat, text):
    async with site.db.transaction() as tx:
        await tx.execute(
            "UPDATE conversation SET last_text = $2, unread = unread + 1, last_at = $3 WHERE id = $1",
            chat.id,
            text,
            site.clock.now(),
        )
        await announce(tx, site.house, chat.id, 1, site.clock.now())
    site.live.committed()


async def test_a_long_list_scrolls_in_a_window_and_keeps_its_place_while_others_write(site, page):
    await expect(page.locator(ROWS)).to_have_count(50)
    assert await page.evaluate(SCROLL, "Guest 200") <= 150
    await expect(page.locator(ROWS, has_text="Guest 200")).to_be_visible()
    await expect(page.locator("#rows")).not_to_have_attribute("aria-busy", "true")
    before = await page.evaluate(IN_SIGHT)
    place = page.locator("[role=listitem]", has_text=before["name"])
    number = int(before["name"].removeprefix("Guest "))
    await expect(place).to_have_attribute("aria-posinset", str(number + 1))
    near = site.guests[number + 20]
    await write(site, near, "somebody further down writes")
    await expect(page.locator(f"#row-{near.id}")).to_have_count(0)
    assert await page.evaluate(IN_SIGHT) == before
    await page.locator(ROWS, has_text=before["name"]).focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(f"#row-{site.guests[number + 1].id}")).to_be_focused()
    await page.evaluate("document.querySelector('#list-scroller').scrollTop = 0")
    await expect(page.locator(ROWS).first).to_contain_text("somebody further down writes")
    await expect(page.locator(ROWS).nth(1)).to_contain_text("Guest 000")


async def test_choosing_and_searching_change_the_list_and_the_address_not_the_open_thread(
    site, page
):
    await page.locator(ROWS, has_text="Guest 003").click()
    head = page.locator("#thread-head h1")
    await expect(head).to_have_text("Guest 003")
    await page.get_by_role("link", name="waiting", exact=True).click()
    await expect(page.get_by_text("No conversation fits this choice.")).to_be_visible()
    assert page.url.endswith(f"/console/inbox/{site.guests[3].id}?status=waiting")
    await expect(head).to_have_text("Guest 003")
    await page.go_back()
    await expect(page.locator(ROWS).first).to_contain_text("Guest 000")
    await rebuild(site.db, site.clock.now())
    await page.get_by_role("searchbox").fill("uest 24")
    await expect(page.locator("#rows mark").first).to_have_text("uest 24")
    await expect(page.locator(ROWS)).to_have_count(10)
    await page.locator(ROWS, has_text="Guest 245").click()
    await expect(head).to_have_text("Guest 245")
    await page.get_by_role("link", name="Back to the list").click()
    await expect(page.locator(ROWS)).to_have_count(50)
    await expect(page.get_by_role("searchbox")).to_have_value("")
    await expect(head).to_have_text("Guest 245")


async def test_the_blocked_are_chosen_in_the_filter_and_found_again_by_a_plain_address(site, page):
    mei = await site.chat("Blocked Mei")
    await site.db.screens.execute("UPDATE conversation SET shelf = 'blocked' WHERE id = $1", mei.id)
    await page.locator("#narrow summary").click()
    async with page.expect_response("**/console/inbox/choice") as kept:
        await page.get_by_label("Blocked only").check()
    assert (await kept.value).status == 204
    await expect(page.locator(ROWS)).to_have_count(1)
    await page.goto("/console/inbox")
    await expect(page).to_have_url(re.compile(r"/console/inbox\?blocked=1$"))
    await expect(page.locator(ROWS)).to_have_text(re.compile("Blocked Mei"))
    await page.get_by_role("link", name="Show all").click()
    await expect(page.locator(ROWS)).to_have_count(50)
    await expect(page).to_have_url(re.compile(r"/console/inbox\?view=all$"))
