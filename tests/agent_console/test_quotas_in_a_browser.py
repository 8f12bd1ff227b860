"""Asking for more quota and granting it, at two desks at once."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.agent_console.desk import Desk
from tests.inspector import Inspector


@pytest.fixture
async def desk(site, browser):
    """Browsers of members; what goes wrong in any page fails the test."""
    opened = Desk(site, browser)
    yield opened
    await opened.close()


async def test_one_asks_another_grants_and_both_see_it_at_once(site, desk):
    await site.member("Sue", "service_agent")
    await site.member("Ken", "supervisor")
    coupon = await site.coupon(default_quota=1)
    tom, mei = await site.chat("Tom Baker"), await site.chat("Mei Lin")
    sue = await desk.open("sue@tea.example", f"/console/inbox/{tom.id}")
    ken = await desk.open("ken@tea.example", "/console/quotas")
    used = ken.locator(f"[data-coupon='{coupon}'] [data-role=cell-left]").last
    await expect(used).to_have_text("sent 0 · 1 left")
    inspector = Inspector()
    await inspector.look(ken, "quotas")
    row = sue.locator(f'[data-role=offer][data-coupon="{coupon}"]')
    await sue.locator("[data-role=coupon-open]").click()
    await row.click()
    await sue.get_by_label("Words to go with it").fill("Enjoy it")
    await sue.locator("[data-role=coupon-send]").click()
    await expect(sue.locator("[data-role=message][data-kind=card]")).to_be_visible()
    await expect(sue.locator("[data-role=message][data-direction=out]").first).to_contain_text(
        "Enjoy it"
    )
    await expect(used).to_have_text("sent 1 · 0 left")
    await sue.locator(f'[data-role=conversation][data-conversation="{mei.id}"]').click()
    await expect(sue.locator("#thread-head h1")).to_have_text("Mei Lin")
    await sue.locator("[data-role=coupon-open]").click()
    await expect(row).to_contain_text("Your quota is used.")
    await sue.locator("[data-role=ask-more]").click()
    await expect(sue.get_by_label("How many more")).to_be_focused()
    await inspector.look(sue, "ask")
    await sue.get_by_label("How many more").fill("2")
    await sue.get_by_role("button", name="Ask", exact=True).click()
    under = sue.locator(f'[data-more="{coupon}"]')
    await expect(under).to_contain_text("You asked for 2 more.")
    await expect(ken.locator("#quota-count .badge-count")).to_contain_text("1")
    await ken.get_by_role("link", name="Requests for more", exact=True).click()
    await inspector.look(ken, "requests")
    await ken.locator("[data-role=grant]").click()
    await expect(ken.get_by_text("Nobody waits for more")).to_be_visible()
    await expect(sue.locator(".toast-news")).to_contain_text("You may send 2 more of “Service 50”.")
    await expect(under).to_contain_text("Ken gave you 2 more.")
    await expect(row.locator("[data-role=offer-left]")).to_have_text("2 left for you")
    await expect(row).to_have_attribute("aria-disabled", "false")
    await expect(ken.locator("#quota-count .badge-count")).to_have_count(0)
    await ken.get_by_role("link", name="All coupons").click()
    await ken.get_by_label("Sue: Service 50").fill("9")
    await ken.get_by_label("Sue: Service 50").press("Enter")
    await expect(row.locator("[data-role=offer-left]")).to_have_text("8 left for you")
    assert inspector.found == []
