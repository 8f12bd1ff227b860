"""The console in a real browser: what arrives live, what a click does, in both themes and widths."""

from __future__ import annotations

import asyncio
import itertools
import re
from typing import get_args

import pytest
from aiohttp import web
from playwright.async_api import expect

from agent_console.live import STREAMS
from conversations.actions.take_over import announce
from conversations.channel import MessageType
from conversations.content import Content
from conversations.rollups import rebuild
from tests.agent_console import gallery
from tests.agent_console.chats import say
from tests.agent_console.desk import DESK, Desk
from tests.axe import THEMES, is_too_wide, violations

PHONE = {"viewport": {"width": 390, "height": 844}}
SETTINGS = (
    "automation",
    "workspace",
    "stores",
    "tags",
    "fields",
    "replies",
    "audit",
    "webhooks",
    "tokens",
)
KEEP = """
() => new Promise((done) => {
  sessionStorage.setItem("draft:text-1", "half a thought");
  indexedDB.open("tessera-till", 1).onsuccess = () => done(null);
})
"""


@pytest.fixture
async def visit(site, browser):
    """Open a signed-in page; an error in any page fails the test."""
    desk = Desk(site, browser)

    async def open_page(email="sue@tea.example", path="", **options):
        page = await desk.open(email, "/console/inbox" + path, **options)
        await expect(page.locator("[data-role=live-state]")).to_have_attribute("data-state", "live")
        return page

    yield open_page
    await desk.close()


@pytest.fixture
async def sue(site):
    return (await site.member("Sue", "service_agent")).id


async def write(site, chat, text):
    """A customer writes: the row and the feed, as receiving does it."""
    await say(chat, text)
    async with site.db.transaction() as tx:
        await tx.execute(
            "UPDATE conversation SET last_text = $2, unread = unread + 1 WHERE id = $1",
            chat.id,
            text,
        )
        await announce(tx, site.house, chat.id, 1, site.clock.now())
    site.live.committed()


def stream_count(site):
    """Return how many event streams the console holds open."""
    [console] = [sub for sub in site.server.app._subapps if STREAMS in sub]
    return sum(not task.done() for task in console[STREAMS].tasks)


async def test_a_new_customer_and_their_words_arrive_without_reload(site, sue, visit):
    page = await visit()
    await expect(page.get_by_text("the conversation appears here by itself")).to_be_visible()
    chat = await site.chat("Mei Lin", said="我想問週年慶")
    async with site.db.transaction() as tx:
        await announce(tx, site.house, chat.id, 1, site.clock.now())
    site.live.committed()
    row = page.locator(f'[data-role=conversation][data-conversation="{chat.id}"]')
    await expect(row).to_contain_text("Mei Lin")
    await row.click()
    await expect(page.locator("[data-role=thread] [data-role=message]")).to_contain_text(
        "我想問週年慶"
    )
    await write(site, chat, "還有一個問題")
    await expect(page.locator("[data-role=message][data-direction=in]")).to_have_count(2)
    await expect(row).to_contain_text("還有一個問題")
    await expect(row.locator("[data-role=unread]")).to_have_count(0)


async def test_enter_sends_the_field_empties_and_keeps_the_focus(site, sue, visit):
    chat = await site.chat()
    page = await visit(path=f"/{chat.id}")
    box = page.locator("textarea[name=text]")
    await box.fill("您好！")
    await box.press("Shift+Enter")
    await box.type("請稍等")
    await box.press("Enter")
    await expect(page.locator("[data-role=message][data-direction=out]")).to_contain_text("請稍等")
    await expect(box).to_have_value("")
    await expect(box).to_be_focused()
    await expect(page.locator("[data-role=take-over]")).to_have_count(0)


async def test_a_text_that_is_too_long_is_stopped_before_sending(site, sue, visit):
    chat = await site.chat()
    page = await visit(path=f"/{chat.id}")
    await page.locator("textarea[name=text]").fill("x" * 5003)
    await expect(page.locator("#length")).to_have_text("too long by 3 (5003 / 5000)")
    await expect(page.locator("button[data-role=send]")).to_be_disabled()


async def test_a_draft_waits_for_me_in_its_conversation(site, sue, visit):
    mei, tom = await site.chat("Mei Lin"), await site.chat("Tom Baker")
    page = await visit(path=f"/{mei.id}")
    await page.locator("textarea[name=text]").fill("half a thought")
    await page.locator(f'[data-conversation="{tom.id}"]').click()
    await expect(page.locator(f"#text-{tom.id}")).to_have_value("")
    await page.locator(f'a[data-conversation="{mei.id}"]').click()
    await expect(page.locator(f"#text-{mei.id}")).to_have_value("half a thought")


async def test_a_draft_saved_while_its_conversation_is_asked_for_is_not_lost(site, sue, visit):
    mei, tom = await site.chat("Mei Lin"), await site.chat("Tom Baker")
    page, read = await visit(path=f"/{mei.id}"), asyncio.Event()

    async def save_late(route):
        await read.wait()
        await route.continue_()

    async def bring_late(route):
        answer = await route.fetch()
        read.set()
        while await page.evaluate("key => sessionStorage.getItem(key)", f"draft:{mei.id}"):
            continue
        await route.fulfill(response=answer)

    await page.route(f"**/inbox/{mei.id}/draft", save_late)
    await page.locator("textarea[name=text]").fill("half a thought")
    await page.locator(f'[data-conversation="{tom.id}"]').click()
    await expect(page.locator(f"#text-{tom.id}")).to_have_value("")
    await page.route(re.compile(rf"/inbox/{mei.id}(\?.*)?$"), bring_late)
    await page.locator(f'a[data-conversation="{mei.id}"]').click()
    await expect(page.locator(f"#text-{mei.id}")).to_have_value("half a thought")


async def test_words_typed_survive_an_update_of_the_thread(site, sue, visit):
    chat = await site.chat()
    page = await visit(path=f"/{chat.id}")
    box = page.locator("textarea[name=text]")
    await box.fill("I am still")
    await write(site, chat, "one more thing")
    await expect(page.locator("[data-role=message]")).to_have_count(2)
    await expect(box).to_have_value("I am still")
    await expect(box).to_be_focused()


async def test_the_quota_falls_in_the_drawer_and_on_a_second_screen(site, sue, visit):
    coupon = await site.coupon()
    mei, tom = await site.chat("Mei Lin"), await site.chat("Tom Baker")
    first, second = await visit(path=f"/{mei.id}"), await visit(path=f"/{tom.id}")
    row = f'[data-role=offer][data-coupon="{coupon}"]'
    for page in (first, second):
        await page.locator("[data-role=coupon-open]").click()
        await expect(page.locator(f"{row} [data-role=offer-left]")).to_have_text("5 left for you")
    await first.locator(row).click()
    await expect(first.locator("[data-preview]:visible")).to_contain_text("Service 50")
    await first.locator("[data-role=coupon-send]").click()
    await expect(first.locator("[data-role=message][data-kind=card]")).to_contain_text("Service 50")
    await expect(first.locator(row)).to_have_attribute("aria-disabled", "true")
    await expect(first.locator(row)).to_contain_text("This customer already has it.")
    await expect(second.locator(f"{row} [data-role=offer-left]")).to_have_text("4 left for you")
    await expect(second.locator(row)).to_have_attribute("aria-disabled", "false")


async def test_sent_stays_said_while_the_list_is_redrawn_until_the_next_choice(site, sue, visit):
    coupon, other = await site.coupon(), await site.coupon("Service 20")
    mei, tom = await site.chat("Mei Lin"), await site.chat("Tom Baker")
    first, second = await visit(path=f"/{mei.id}"), await visit(path=f"/{tom.id}")
    for page in (first, second):
        await page.locator("[data-role=coupon-open]").click()
        await page.locator(f'[data-role=offer][data-coupon="{coupon}"]').click()
    said = first.locator("#drawer [role=status]")
    await first.locator("[data-role=coupon-send]").click()
    await expect(said).to_have_text("Sent.")
    await second.locator("[data-role=coupon-send]").click()
    stock = first.locator(f'[data-coupon="{coupon}"] [data-role=offer-stock]')
    await expect(stock).to_have_text("48 in stock")
    await expect(said).to_have_text("Sent.")
    await first.locator(f'[data-role=offer][data-coupon="{other}"]').click()
    await expect(said).to_have_text("")


@pytest.mark.parametrize("late", ["thread", "reply"])
async def test_an_answer_about_the_conversation_just_left_changes_nothing_in_the_next(
    site, sue, visit, late
):
    mei = await site.chat("Mei Lin")
    await site.chat("Tom Baker", said="From Tom")
    page = await visit(path=f"/{mei.id}")
    asked, answer = asyncio.Event(), asyncio.Event()

    async def hold(route):
        asked.set()
        await answer.wait()
        await route.continue_()

    address = re.compile(rf"{mei.id}/{late}")
    await page.route(address, hold)
    if late == "thread":
        await write(site, mei, "one more thing")
    else:
        await page.locator("textarea[name=text]").fill("For Mei alone")
        await page.locator("button[data-role=send]").click()
    async with asyncio.timeout(60):
        await asked.wait()
    await page.locator("[data-role=conversation]", has_text="Tom Baker").click()
    await expect(page.locator("#thread-head h1")).to_have_text("Tom Baker")
    async with page.expect_response(address) as answered:
        answer.set()
    await (await answered.value).finished()
    await page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    await expect(page.locator("#thread-head h1")).to_have_text("Tom Baker")
    await expect(page.locator("#messages .words")).to_have_text(["From Tom"])


async def test_after_a_restart_of_the_server_the_page_says_so_and_catches_up(site, sue, visit):
    chat = await site.chat()
    page = await visit(path=f"/{chat.id}")
    runner, port = site.server.runner, site.server.port
    [listening] = runner.sites
    await listening.stop()
    [console] = [sub for sub in site.server.app._subapps if STREAMS in sub]
    for task in list(console[STREAMS].tasks):
        task.cancel()
    state = page.locator("[data-role=live-state]")
    await expect(state).to_have_attribute("data-state", "reconnecting")
    await expect(state).to_contain_text("reconnecting…")
    await write(site, chat, "said while the server was away")
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await expect(state).to_have_attribute("data-state", "live")
    await expect(page.locator("[data-role=message]").last).to_contain_text("said while the server")


async def test_all_tabs_of_a_browser_share_one_stream(site, sue, visit):
    page = await visit()
    again = await page.context.new_page()
    await again.goto("/console/inbox")
    await expect(again.locator("[data-role=live-state]")).to_have_attribute("data-state", "live")
    assert stream_count(site) == 1


async def test_without_a_shared_worker_one_tab_streams_for_all(site, sue, visit):
    page = await visit(init="delete window.SharedWorker")
    again = await page.context.new_page()
    await again.goto("/console/inbox")
    await expect(again.locator("[data-role=live-state]")).to_have_attribute("data-state", "live")
    assert stream_count(site) == 1
    await page.close()
    chat = await site.chat("Tom Baker")
    await write(site, chat, "is anybody there")
    await expect(again.locator("[data-role=conversation]")).to_contain_text("is anybody there")


async def test_signing_out_in_one_tab_forgets_in_all_but_leaves_the_tills_scans(site, sue, visit):
    """A till's scans wait in the same browser for the network: they are not the console's to forget."""
    page = await visit()
    again = await page.context.new_page()
    await again.goto("/console/inbox")
    await again.evaluate(KEEP)
    await page.locator("details.me summary").click()
    await page.locator("[data-role=sign-out]").click()
    await again.wait_for_url("**/console/login**")
    assert await again.evaluate("sessionStorage.getItem('draft:text-1')") is None
    names = "indexedDB.databases().then((found) => found.map((one) => one.name))"
    assert await again.evaluate(names) == ["tessera-till"]


async def test_on_a_phone_one_pane_shows_at_a_time(site, sue, visit):
    chat = await site.chat()
    page = await visit(**PHONE)
    await page.locator(f'[data-conversation="{chat.id}"]').click()
    await expect(page.locator("[data-role=thread]")).to_be_visible()
    await expect(page.locator(".list-pane")).to_be_hidden()
    await expect(page.locator("#contact")).to_be_hidden()
    await expect(page.get_by_role("heading", name="Mei Lin", level=1)).to_be_focused()
    await page.locator("[data-role=context-toggle]").click()
    await expect(page.locator("#contact")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("[data-role=back]").click()
    await expect(page.locator(".list-pane")).to_be_visible()
    await expect(
        page.locator(f'[data-conversation="{chat.id}"][data-role=conversation]')
    ).to_be_focused()
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide


@pytest.mark.timeout(600)
async def test_nothing_on_any_page_hinders_a_screen_reader_or_sticks_out_sideways(site, visit):
    await site.member("Ann", "admin")
    await site.coupon()
    chat, other = await site.chat(), await site.chat("Mei L.")
    await site.db.screens.execute("UPDATE contact SET phone = '+886912345678'")
    out = {"direction": "out", "author": "member"}
    for state, code in (("delivered", ""), ("failed", "blocked"), ("unknown", "timeout")):
        await say(chat, "words", state=state, error_code=code, **out)
    for kind in MessageType:
        await gallery.receive(chat, kind, "Good tea")
    for kind in get_args(Content):
        await gallery.send(chat, kind, "Good tea")
    page = await visit("ann@tea.example")
    problems = await look(page, "list")
    await page.locator("details.me summary").click()
    problems += await look(page, "menu")
    await page.goto(f"/console/inbox/{chat.id}")
    problems += await look(page, "thread")
    await page.locator("[data-role=coupon-open]").click()
    await page.locator("[data-role=offer]").click()
    problems += await look(page, "drawer")
    await rebuild(site.db, site.clock.now())
    for path in (
        "/console/overview",
        "/console/failures",
        "/console/contacts",
        *(f"/console/contacts/{chat.contact}{rest}" for rest in ("", "/export", "/erase")),
        *(f"/console/contacts/{chat.contact}/{rest}" for rest in ("notes", "coupons", "merge")),
        f"/console/contacts/{chat.contact}/merge?with={other.contact}",
        "/console/accounts",
        "/console/accounts/new/whatsapp",
        *(f"/console/settings/{name}" for name in SETTINGS),
        "/console/inbox/none",
    ):
        await page.goto(path)
        problems += await look(page, path)
    await page.context.clear_cookies()
    await page.goto("/console/login")
    problems += await look(page, "login")
    assert problems == []


async def look(page, name):
    """Return what axe finds on the page as it stands, on a desk and a phone; in the dark, about colours."""
    found = []
    for size, (theme, rules) in itertools.product((DESK, PHONE), THEMES):
        await page.set_viewport_size(size["viewport"])
        await page.emulate_media(color_scheme=theme)
        width = size["viewport"]["width"]
        found += [(name, width, theme, one) for one in await violations(page, rules)]
        if await is_too_wide(page):
            found.append((name, width, theme, "wider than the screen"))
    await page.set_viewport_size(DESK["viewport"])
    return found
