"""Notices in a real browser: of several hidden tabs one tells, once, whatever page it shows; the title counts."""

from __future__ import annotations

import re

from playwright.async_api import expect

from runtime.live import Change, publish
from tests.waiting import comes

# No tab of a browser without a window is ever hidden, and none may show notifications: both are played here.
HIDDEN = """
Object.defineProperty(document, "hidden", { get: () => sessionStorage.getItem("in-sight") === null });
window.Notification = class {
  static permission = "granted";
  static requestPermission() { localStorage.setItem("asked", "1"); return Promise.resolve("granted"); }
  constructor(title, options) {
    const told = JSON.parse(localStorage.getItem("told") ?? "[]");
    localStorage.setItem("told", JSON.stringify([...told, `${title}: ${options.body}`]));
  }
};
"""
TOLD = "wanted => (localStorage.getItem('told') ?? '') === wanted"


async def arrives(site, chat):
    """A customer's message comes in: here only its event."""
    await site.db.screens.execute("UPDATE conversation SET waiting_since = last_at")
    async with site.db.transaction() as tx:
        told = Change(site.house, "message", chat.id, {"message": str(chat.first)})
        await publish(tx, [told], site.clock.now())
    site.live.committed()


async def live(page):
    await expect(page.locator("[data-role=live-state]")).to_have_attribute("data-state", "live")


async def test_of_two_hidden_tabs_one_tells_and_the_title_counts(site, desk):
    await site.member("Sue", "service_agent")
    one = await desk.open("sue@tea.example", "/console/inbox", init=HIDDEN)
    await one.locator("details.me summary").click()
    switch = one.get_by_role("button", name="Tell me")
    await switch.click()
    await expect(switch).to_have_attribute("aria-pressed", "true")
    assert await one.evaluate("localStorage.getItem('asked')") == "1"
    two = await one.context.new_page()
    await two.goto("/console/mentions")
    await one.reload()
    await live(one)
    await expect(one.locator("#unread-count .badge-count")).to_have_count(0)
    await arrives(site, await site.chat("Mei Lin", status="waiting"))
    await comes(one, TOLD, '["Mei Lin: Hello"]')
    await expect(one).to_have_title("(1) Inbox · Tessera")
    await arrives(site, await site.chat("Tom", status="waiting", said="Hi"))
    await comes(one, TOLD, '["Mei Lin: Hello","Tom: Hi"]')
    await expect(one.locator("#unread-count .badge-count")).to_contain_text("2")
    await expect(two).to_have_title("(2) Mentions · Tessera")
    # No list, no thread: a page of the member's own account tells, too.
    await two.goto("/console/me")
    await one.close()
    await expect(two.locator("#unread-count .badge-count")).to_contain_text("2")
    await arrives(site, await site.chat("Lin", status="waiting", said="Ho"))
    await comes(two, TOLD, '["Mei Lin: Hello","Tom: Hi","Lin: Ho"]')
    await expect(two).to_have_title(re.compile(r"^\(3\) Your account"))
