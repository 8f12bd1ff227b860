"""The phones in a real browser: written to, answered live, tapped, in both themes and widths."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import expect

from simulator import phones
from tests.axe import THEMES, is_too_wide, violations

URI = {"type": "uri", "label": "Open coupon", "uri": "https://shop.example/c/1"}
POSTBACK = {"type": "postback", "label": "A person", "data": "human", "displayText": "A person"}
COPY = {"type": "clipboard", "label": "Copy code", "clipboardText": "A1B2"}
CARD = {
    "type": "flex",
    "altText": "Latte 50",
    "contents": {
        "type": "bubble",
        "body": {
            "type": "box",
            "layout": "vertical",
            "contents": [{"type": "text", "text": "Latte 50", "weight": "bold", "size": "xl"}],
        },
        "footer": {
            "type": "box",
            "layout": "vertical",
            "contents": [{"type": "button", "action": action} for action in (URI, POSTBACK, COPY)],
        },
    },
    "quickReply": {
        "items": [
            {"type": "action", "action": {"type": "message", "label": "Menu", "text": "menu"}}
        ]
    },
}


@pytest.fixture
async def desk(open_stage, stage, browser):
    """Open the page with the worker running; errors of the page fail the test."""
    async with open_stage(deliver=True) as running:
        wrong, contexts = [], []

        async def visit(hold=None, **options):
            context = await browser.new_context(**options)
            contexts.append(context)
            if hold:
                await context.route("**/phone?*", hold)
            await context.grant_permissions(["clipboard-read", "clipboard-write"])
            page = await context.new_page()
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on(
                "console", lambda said: wrong.append(said.text) if said.type == "error" else None
            )
            await page.goto(f"{running.url}/")
            await expect(page.locator("[data-role=connection]")).to_have_text("live")
            return page

        visit.stage = running
        yield visit
        for context in contexts:
            await context.close()
        assert wrong == []


async def push(stage, message):
    who = await stage.who("line")
    body = {"to": who.customer.external_id, "messages": [message]}
    assert (await stage.call("POST", "/line/v2/bot/message/push", body)).status == 200


async def test_writing_reaches_the_webhook_and_answers_appear_by_themselves(desk, hook):
    page = await desk()
    phone = page.locator("section[data-phone=line]")
    await phone.locator("[data-role=text]").fill("latte")
    await phone.locator("[data-role=text]").press("Enter")
    await expect(phone.locator("[data-role=message][data-direction=in]")).to_contain_text("latte")
    await hook.heard.wait()
    assert hook.events[0]["message"]["text"] == "latte"
    await push(desk.stage, CARD)
    card = phone.locator("[data-role=message][data-direction=out]")
    await expect(card).to_contain_text("Latte 50")
    opened = card.get_by_role("link", name="Open coupon")
    assert await opened.get_attribute("href") == "https://shop.example/c/1"
    assert await opened.get_attribute("target") == "_blank"
    assert "noopener" in await opened.get_attribute("rel")


async def test_what_is_written_before_the_chat_has_come_is_sent_by_its_customer(desk, hook):
    released = asyncio.Event()

    async def hold(route):
        await released.wait()
        await route.continue_()

    page = await desk(hold=hold)
    phone = page.locator("section[data-phone=line]")
    await phone.locator("[data-role=text]").fill("latte")
    await phone.locator("[data-role=text]").press("Enter")
    await expect(phone.locator("[data-role=text]")).to_have_value("")
    released.set()
    await expect(phone.locator("[data-role=message][data-direction=in]")).to_contain_text("latte")


async def test_buttons_and_quick_replies_act(desk, hook):
    page = await desk()
    await push(desk.stage, CARD)
    phone = page.locator("section[data-phone=line]")
    await phone.get_by_role("button", name="Menu", exact=True).click()
    await expect(phone.locator("[data-direction=in]")).to_contain_text("menu")
    await phone.get_by_role("button", name="A person").click()
    await expect(phone.locator("[data-direction=in]").last).to_contain_text("A person")
    await phone.get_by_role("button", name="Copy code").click()
    await expect(page.locator("[data-role=toast]")).to_have_text("Copied")
    assert await page.evaluate("navigator.clipboard.readText()") == "A1B2"


async def test_customers_are_switched_and_added(desk):
    page = await desk()
    phone = page.locator("section[data-phone=messenger]")
    await phone.locator("[data-role=customer]").select_option(label="Omar")
    await phone.locator("[data-role=text]").fill("hi, I am Omar")
    await phone.locator("[data-role=send]").click()
    await expect(phone.locator("[data-direction=in]")).to_contain_text("I am Omar")
    await phone.locator("[data-role=customer]").select_option(label="Lin")
    await expect(phone.locator("[data-role=message]")).to_have_count(0)
    await phone.get_by_role("button", name="New customer").click()
    await page.get_by_role("textbox", name="The new customer's name").fill("Zoë")
    await page.get_by_role("button", name="OK", exact=True).click()
    await expect(phone.locator("[data-role=chat]")).to_contain_text("Zoë has not written yet")


async def test_faults_are_switched_by_keyboard_and_the_log_is_filtered(desk):
    page = await desk()
    await page.get_by_role("switch", name="Answer 500").focus()
    async with page.expect_response("**/faults/answer_500"):
        await page.keyboard.press("Space")
    who = await desk.stage.who("line")
    body = {"to": who.customer.external_id, "messages": [{"type": "text", "text": "hi"}]}
    refused = page.locator(".wire-rows li", has_text="500")
    await expect(page.get_by_role("switch", name="Answer 500")).to_be_checked()
    assert (await desk.stage.call("POST", "/line/v2/bot/message/push", body)).status == 500
    await expect(refused).to_have_count(1)
    await page.get_by_label("Filter").fill("no such thing")
    await expect(refused).to_be_hidden()
    await page.get_by_label("Filter").fill("push")
    await refused.locator("summary").click()
    await expect(refused).to_contain_text("Internal server error")
    await expect(refused.get_by_role("button", name="Copy answer")).to_be_visible()


async def test_nothing_hinders_a_screen_reader(desk):
    for channel in ("line", "messenger", "instagram", "whatsapp"):
        await phones.say(await desk.stage.who(channel), "hi")
        await phones.send_location(
            await desk.stage.who(channel)
        ) if channel != "instagram" else None
    await push(desk.stage, CARD)
    wide = await desk(viewport={"width": 1440, "height": 900})
    await expect(wide.locator("section[data-phone=line]")).to_contain_text("Latte 50")
    assert await _violations(wide) == []
    narrow = await desk(viewport={"width": 390, "height": 844})
    for channel in ("line", "messenger", "instagram", "whatsapp"):
        await narrow.locator(f"[data-show={channel}]").click()
        await expect(narrow.locator("section[data-phone]:visible")).to_have_count(1)
        assert await _violations(narrow) == []


async def _violations(page):
    found = []
    for theme, rules in THEMES:
        await page.emulate_media(color_scheme=theme)
        found += [(theme, one) for one in await violations(page, rules)]
    if await is_too_wide(page):
        found.append(("any", "something sticks out"))
    return found
