"""axe finds nothing serious on any page, in both themes, on a desk's screen and on a phone."""

from __future__ import annotations

import itertools
import os
from datetime import timedelta
from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.journeys.people import Console

SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
GRAVE = {"serious", "critical"}
QUICK = {"resultTypes": ["violations"]}
PICTURES = os.environ.get("PICTURES_FOLDER")


class Inspector:
    """Looks at pages in every size and theme, and keeps what hinders people."""

    def __init__(self) -> None:
        self.found: list[tuple[str, ...]] = []

    async def look(self, page, label):
        """Let axe look at a page, and see that nothing sticks out sideways."""
        for size, theme in itertools.product(SIZES, ("light", "dark")):
            await page.set_viewport_size(SIZES[size])
            await page.emulate_media(color_scheme=theme)
            name = f"{label}-{size}-{theme}"
            if PICTURES:
                await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
            for one in (await Axe().run(page, options=QUICK)).response["violations"]:
                if one["impact"] in GRAVE:
                    self.found.append((name, one["id"], *(node["html"] for node in one["nodes"])))
            if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                self.found.append((name, "wider than the screen"))
        await page.set_viewport_size(SIZES["desk"])


async def test_no_page_hinders_anybody_in_any_size_or_theme(demo, desk, screens):
    inspector = Inspector()

    async def screen():
        return await screens(reduced_motion="reduce")

    mei, lin = desk.phone("line"), desk.phone("messenger")
    await mei.say("latte")
    await lin.say("latte")
    await lin.say("Is there oat milk?")
    await mei.attach("Photo")
    await expect(mei.links.last).to_be_visible()
    await expect(lin.links.last).to_be_visible()
    await look_at_the_console(demo, await screen(), inspector)
    link = await mei.links.last.get_attribute("href")
    await look_at_the_claim(demo, await screen(), link, inspector)
    other = await lin.links.last.get_attribute("href")
    await look_at_the_end(demo, await screen(), other, inspector)
    await inspector.look(desk.page, "simulator")
    assert inspector.found == []


async def look_at_the_console(demo, page, inspector):
    await page.goto(f"{demo.url}/console/login")
    await inspector.look(page, "login")
    ann = await Console(page, demo.url).sign_in("Ann")
    await expect(ann.rows).to_have_count(2)
    await inspector.look(page, "inbox")
    await ann.open("Mei")
    await inspector.look(page, "thread")
    await ann.open_drawer()
    await ann.offer("Service 20").get_by_role("radio").check()
    await inspector.look(page, "drawer")
    await page.goto(f"{demo.url}/console/tills")
    await page.get_by_role("button", name="Make a link for Ray").click()
    await page.get_by_text("Add a PIN", exact=True).click()
    await inspector.look(page, "tills")
    await page.goto(f"{demo.url}/console/accounts")
    await page.locator("details.guide summary").first.click()
    await inspector.look(page, "accounts")


async def look_at_the_claim(demo, page, link, inspector):
    await page.route("**/open", lambda route: route.abort())
    await page.goto(link)
    await expect(page.locator(".open button")).to_be_visible()
    await inspector.look(page, "claim-unopened")
    await page.unroute("**/open")
    await page.reload()
    await page.locator(".redeem summary").click()
    await inspector.look(page, "claim-open")
    await page.locator("#pin").fill("1111")
    await page.locator(".redeem button").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await inspector.look(page, "claim-wrong-pin")
    await page.locator("#pin").fill("4821")
    await page.locator(".redeem button").click()
    await expect(page.locator(".stamp.redeemed")).to_be_visible()
    await inspector.look(page, "claim-redeemed")


async def look_at_the_end(demo, page, link, inspector):
    demo.clock.advance(timedelta(hours=4))
    await page.goto(link)
    await expect(page.locator(".stamp")).to_be_visible()
    await inspector.look(page, "claim-expired")
    await page.goto(f"{demo.url}/c/nobody-has-ever-had-this-link")
    await inspector.look(page, "claim-unknown")
