"""axe finds nothing serious on a customer's pages and the tills', in both themes, on a desk's screen and a phone.

The console's other pages are looked at in tests/agent_console, the phones in tests/simulator.
"""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import expect

from tests.inspector import Inspector
from tests.journeys.people import Console


async def test_no_page_of_a_claim_hinders_anybody_in_any_size_or_theme(demo, desk, screens):
    inspector = Inspector()

    async def screen():
        return await screens(reduced_motion="reduce")

    mei, lin = desk.phone("line"), desk.phone("messenger")
    await mei.say("latte")
    await lin.say("latte")
    await expect(mei.links.last).to_be_visible()
    await expect(lin.links.last).to_be_visible()
    await look_at_the_tills(demo, await screen(), inspector)
    link = await mei.links.last.get_attribute("href")
    await look_at_the_claim(demo, await screen(), link, inspector)
    other = await lin.links.last.get_attribute("href")
    await look_at_the_end(demo, await screen(), other, inspector)
    assert inspector.found == []


async def look_at_the_tills(demo, page, inspector):
    await Console(page, demo.url).sign_in("Ann")
    await page.goto(f"{demo.url}/console/tills")
    await page.get_by_role("button", name="Make a link for Ray").click()
    await page.get_by_text("Add a PIN", exact=True).click()
    await inspector.look(page, "tills")


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
