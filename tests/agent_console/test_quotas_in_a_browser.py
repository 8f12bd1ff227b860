"""Asking for more quota and granting it, at two desks at once; axe looks at every page of quotas."""

from __future__ import annotations

from msgspec.structs import replace
from playwright.async_api import expect

from coupons.actions.ask_for_quota import QuotaAsk, ask_for_quota
from tests.inspector import Inspector


async def used_up(site, sue):
    """Sue sends her only one to Tom, with words, and opens the list for Mei."""
    await sue.locator("[data-role=coupon-open]").click()
    await sue.locator(f'[data-role=offer][data-coupon="{site.tea}"]').click()
    await sue.get_by_label("Words to go with it").fill("Enjoy it")
    await sue.locator("[data-role=coupon-send]").click()
    await expect(sue.locator("[data-role=message][data-kind=card]")).to_be_visible()
    words = sue.locator("[data-role=message][data-direction=out]").first
    await expect(words).to_contain_text("Enjoy it")
    await sue.locator("[data-role=conversation]", has_text="Mei Lin").click()
    await expect(sue.locator("#thread-head h1")).to_have_text("Mei Lin")
    await sue.locator("[data-role=coupon-open]").click()


async def test_one_asks_another_grants_and_both_see_it_at_once(site, desk):
    await site.member("Sue", "service_agent")
    await site.member("Ken", "supervisor")
    site.tea = await site.coupon(default_quota=1)
    tom = await site.chat("Tom Baker")
    await site.chat("Mei Lin")
    sue = await desk.open("sue@tea.example", f"/console/inbox/{tom.id}")
    ken = await desk.open("ken@tea.example", "/console/quotas")
    used = ken.locator(f"[data-coupon='{site.tea}'] [data-role=cell-left]").last
    await expect(used).to_have_text("sent 0 · 1 left")
    await used_up(site, sue)
    await expect(used).to_have_text("sent 1 · 0 left")
    row = sue.locator(f'[data-role=offer][data-coupon="{site.tea}"]')
    await expect(row).to_contain_text("Your quota is used.")
    await sue.locator("[data-role=ask-more]").click()
    await expect(sue.get_by_label("How many more")).to_be_focused()
    await sue.get_by_label("How many more").fill("2")
    await sue.get_by_role("button", name="Ask", exact=True).click()
    under = sue.locator(f'[data-more="{site.tea}"]')
    await expect(under).to_contain_text("You asked for 2 more.")
    count = ken.locator("#quota-count .badge-count")
    await expect(count).to_contain_text("1")
    await ken.get_by_role("link", name="Requests for more", exact=True).click()
    await ken.locator("[data-role=grant]").click()
    await expect(ken.get_by_text("Nobody waits for more")).to_be_visible()
    await expect(sue.locator(".toast-news")).to_contain_text("You may send 2 more")
    await expect(under).to_contain_text("Ken gave you 2 more.")
    await expect(row.locator("[data-role=offer-left]")).to_have_text("2 left for you")
    await expect(row).to_have_attribute("aria-disabled", "false")
    await expect(count).to_have_count(0)
    await ken.get_by_role("link", name="All coupons").click()
    await ken.get_by_label("Sue: Service 50").fill("9")
    await ken.get_by_label("Sue: Service 50").press("Enter")
    await expect(row.locator("[data-role=offer-left]")).to_have_text("8 left for you")


async def test_the_pages_of_quotas_hinder_nobody(site, desk):
    sue = await site.member("Sue", "service_agent")
    await site.member("Ken", "supervisor")
    coupon = await site.coupon("A coupon with a name that is rather long", default_quota=1)
    await site.coupon(default_quota=1)
    for number in range(5):
        await site.coupon(f"Sales {number}", purpose="sales")
    chat = await site.chat()
    wanted = QuotaAsk(workspace_id=site.house, coupon_id=coupon, member_id=sue.id, amount=3)
    async with site.db.transaction() as tx:
        await ask_for_quota(tx, replace(wanted, words="w" * 300), site.clock.now())
    inspector = Inspector()
    ken = await desk.open("ken@tea.example", "/console/quotas")
    await inspector.look(ken, "quotas")
    await ken.goto("/console/quotas/requests")
    await inspector.look(ken, "quota-requests")
    page = await desk.open("sue@tea.example", f"/console/inbox/{chat.id}")
    await page.locator("[data-role=coupon-open]").click()
    await page.locator("[data-role=ask-more]").first.click()
    await expect(page.get_by_label("How many more")).to_be_focused()
    await inspector.look(page, "quota-ask")
    assert inspector.found == []
