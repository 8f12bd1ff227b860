"""A small story on the demo's phones and at its desk, so that the pages have something to show."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

CHANNELS = ("line", "messenger", "instagram", "whatsapp")
PIN = "4821"
SAID = {
    "line": "我想問週年慶的活動到幾號？",
    "messenger": "Do you have oat milk?",
    "instagram": "限定杯還有貨嗎？☕",
    "whatsapp": "Can I book a table for four on Saturday?",
}


def phone(page: Page, channel: str) -> Locator:
    """Return one phone of the simulator."""
    return page.locator(f"section[data-phone={channel}]")


def say(page: Page, channel: str, text: str) -> None:
    """Let the customer shown on a phone write."""
    box = phone(page, channel).locator("[data-role=text]")
    box.fill(text)
    box.press("Enter")
    expect(phone(page, channel).locator("[data-direction=in]").last).to_contain_text(text)


def start_story(page: Page, url: str) -> dict[str, str]:
    """Let every customer ask for the latte and then something only a person can answer.

    Returns the address of each channel's coupon.
    """
    page.goto(f"{url}/simulator/")
    expect(page.locator("[data-role=connection]")).to_have_text("live")
    links = {}
    for channel in CHANNELS:
        say(page, channel, "latte")
        link = phone(page, channel).locator("a[href*='/c/']").last
        expect(link).to_be_visible()
        links[channel] = str(link.get_attribute("href"))
    return links


def ask_people(page: Page) -> None:
    """Let every customer ask what no bot answers."""
    for channel in CHANNELS:
        say(page, channel, SAID[channel])


def sign_in(page: Page, url: str, who: str) -> None:
    """Sign in as one of the demo's members and wait for the live inbox."""
    page.goto(f"{url}/console/login")
    page.locator("form", has=page.locator(f"input[value='{who}']")).get_by_role("button").click()
    page.goto(f"{url}/console/inbox?view=all")
    expect(page.locator("[data-role=live-state]")).to_have_attribute("data-state", "live")


def open_chat(page: Page, url: str, channel: str) -> None:
    """Open the conversation of a channel."""
    page.goto(f"{url}/console/inbox?view=all")
    row = page.locator("[data-role=conversation]", has=page.locator(f".channel-{channel}"))
    row.first.click()
    expect(page.locator("[data-role=thread]")).to_be_visible()


def answer(page: Page, text: str) -> None:
    """Take the open conversation over and answer it."""
    page.locator("[data-role=take-over]").click()
    page.locator("#composer textarea").fill(text)
    page.locator("#composer [data-role=send]").click()
    expect(page.locator("[data-direction=out]").last).to_contain_text(text)
    expect(page.locator("[data-direction=out]").last).to_have_attribute(
        "data-state", re.compile("sent|delivered|read")
    )


def show_drawer(page: Page) -> None:
    """Open the coupons an agent may send, with one chosen."""
    page.locator("[data-role=coupon-open]").click()
    offers = page.locator("[data-role=offer] input:enabled")
    expect(page.locator("[data-role=drawer]")).to_be_visible()
    offers.first.check()


def redeem(page: Page, link: str) -> None:
    """Fill the shop's PIN into a claim's page."""
    page.goto(link)
    page.locator("details.redeem summary").click()
    page.locator("input[name=pin]").fill(PIN)
    page.locator("input[name=pin]").scroll_into_view_if_needed()


def add_webhook(page: Page, url: str) -> None:
    """Let an address be told of events; the page's member is an admin."""
    page.goto(f"{url}/console/settings/webhooks")
    form = page.locator("[data-role=add-webhook]")
    form.locator("input[name=name]").fill("Till")
    form.locator("input[name=url]").fill("https://till.example/events")
    form.locator("input[name=kind]").first.check()
    form.get_by_role("button").click()
    expect(page.locator("[data-role=new-secret]")).to_be_visible()


def make_links(page: Page, url: str, coupon: str, member: str) -> dict[str, str]:
    """Make what is only shown once: an invitation, a link for a new password, a promotion. Returns their
    addresses by the page that shows them. The page's member is an admin.
    """
    page.goto(f"{url}/console/settings/members")
    page.locator("details.add-form summary").click()
    page.locator("[data-role=invite] input[name=email]").fill("new@demo.example")
    page.locator("[data-role=invite] select[name=role]").select_option("service_agent")
    page.locator("[data-role=invite] .btn-primary").click()
    invitation = _shown(page, "/console/invitation/")
    page.goto(f"{url}/console/settings/members/{member}")
    page.locator("form[action$='/password'] button").first.click()
    password = _shown(page, "/console/password/")
    page.goto(f"{url}/console/coupons/{coupon}/promote")
    page.locator("#name").fill("Poster")
    page.locator("form:has(#name) .btn-primary").click()
    promotion = page.locator("[data-role=promotion] a[href*='/p/']").first.get_attribute("href")
    return {"invitation": invitation, "password": password, "promotion": str(promotion)}


def _shown(page: Page, part: str) -> str:
    field = page.locator(f"input[value*='{part}']")
    expect(field).to_be_visible()
    return field.input_value()
