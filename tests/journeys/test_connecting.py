"""An admin connects a LINE account without a shell, and sees its first event arrive."""

from __future__ import annotations

from playwright.async_api import expect

from tests.inspector import Inspector
from tests.journeys.people import PASSWORD

SECRET, TOKEN = "a secret of the second shop", "a token of the second shop"


async def test_a_line_account_is_connected_step_by_step_until_its_first_event_turns_it_green(
    demo, page
):
    twin = {
        "channel": "line",
        "name": "second",
        "secret": SECRET,
        "token": TOKEN,
        "webhook_url": f"{demo.url}/webhooks/line/second",
        "address": "@second",
    }
    async with demo.http.post(f"{demo.url}/simulator/api/accounts", json=twin) as answer:
        assert answer.status == 201
        account = (await answer.json())["id"]
    await page.goto(f"{demo.url}/console/settings")
    await page.get_by_label("E-mail").fill("ann@demo.example")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("link", name="Channels").click()
    await page.get_by_role("link", name="LINE", exact=True).click()
    await page.get_by_label("Name of this account here").fill("second")
    await page.get_by_label("Channel secret").fill(SECRET)
    await page.get_by_label("Channel access token").fill("not this one")
    await page.get_by_label("This account lives in the simulator").check()
    await page.get_by_role("button", name="Test and add").click()
    await expect(page.get_by_role("alert").filter(has_text="Nothing was added")).to_be_visible()
    await page.get_by_label("Channel secret").fill(SECRET)
    await page.get_by_label("Channel access token").fill(TOKEN)
    await page.get_by_role("button", name="Test and add").click()
    await expect(page.get_by_role("heading", name="LINE · second")).to_be_visible()
    await expect(page.get_by_label("Webhook address")).to_have_value(twin["webhook_url"])
    await expect(page.locator("[data-role=unheard]")).to_be_visible()
    async with demo.http.post(f"{demo.url}/simulator/api/accounts/{account}/verify") as answer:
        assert (await answer.json())["ok"] is True
    await expect(page.locator("[data-role=heard]")).to_be_visible()
    await expect(page.locator("[data-role=unheard]")).to_have_count(0)
    inspector = Inspector()
    await inspector.look(page, "account")
    assert inspector.found == []
