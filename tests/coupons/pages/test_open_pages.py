"""Pages that stay open: they turn by themselves, on every device, and survive a shop without reception."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import expect

from coupons.actions.design import move
from runtime.appkeys import LIVE
from tests.waiting import comes

OURS = {"Sec-Fetch-Site": "same-origin"}


async def redeem(client, path):
    return await client.post(
        f"{path}/redeem", data={"pin": "4821", "key": "till"}, headers=OURS, allow_redirects=False
    )


async def set_state(shop, client, state):
    coupon = await shop.db.screens.fetchval("SELECT id FROM coupon")
    async with shop.db.transaction() as tx:
        await move(tx, coupon, state, shop.clock.now())
    client.app[LIVE].committed()


async def test_an_open_page_turns_to_redeemed_when_the_till_confirms(client, visit, issue):
    """S4-22: the customer's card shows redeemed without a tap."""
    path, _ = await issue()
    page = await visit(path)
    await page.locator(".code").wait_for()
    assert (await redeem(client, path)).status == 303
    await expect(page.locator(".stamp.redeemed")).to_contain_text("Xinyi by Ray")
    await expect(page.locator(".code")).to_have_count(0)


async def test_a_page_without_streams_asks_now_and_then(client, visit, issue):
    path, _ = await issue()
    page = await visit(path, script="delete window.EventSource")
    await page.locator(".code").wait_for()
    await redeem(client, path)
    await expect(page.locator(".stamp.redeemed")).to_be_visible()


async def test_a_paused_coupon_hides_on_open_pages_and_comes_back(shop, visit, issue, client):
    path, _ = await issue()
    page = await visit(path)
    await page.locator(".code").wait_for()
    for state, part in (("paused", ".stamp"), ("published", ".code")):
        await set_state(shop, client, state)
        await expect(page.locator(part)).to_be_visible()


async def test_the_countdown_is_the_same_on_a_second_device_with_a_wrong_clock(visit, issue, clock):
    """S1-17: the clock starts at the first opening, continues after a reload and on a second device."""
    path, _ = await issue(validity_mode="open", lasts_minutes=30)
    first = await visit(path)
    await expect(first.locator("[data-clock]")).to_have_text(re.compile(r"00:29:\d\d"))
    clock.advance(timedelta(minutes=10))
    second = await visit(
        path, script="const real = Date.now; Date.now = () => real() - 86400000 * 30"
    )
    await expect(second.locator("[data-clock]")).to_have_text(re.compile(r"00:19:\d\d"))
    await first.reload()
    await expect(first.locator("[data-clock]")).to_have_text(re.compile(r"00:19:\d\d"))


async def test_the_page_is_kept_for_a_shop_without_reception(visit, issue, pictures, check):
    path, claim = await issue(codes=1, validity_mode="claim", lasts_minutes=180, **pictures)
    page = await visit(path)
    await expect(page.locator(".kept")).to_be_visible()  # it stands there hidden until then
    await expect(page.locator(".kept")).to_have_text("Also works without a connection.")
    await page.context.set_offline(True)
    await page.reload()
    await expect(page.locator(".when-offline")).to_contain_text("No connection")
    await expect(page.locator(".code")).to_contain_text(claim.number[:4])
    await expect(page.locator("[data-clock]")).to_contain_text("02:5")
    await expect(page.locator(".redeem")).not_to_be_visible()
    await check(page, "offline")


async def test_the_copy_hides_itself_at_the_end(visit, issue, pictures):
    path, claim = await issue(codes=1, validity_mode="claim", lasts_minutes=180, **pictures)
    page = await visit(path)
    await expect(page.locator(".kept")).to_be_visible()
    # The end of the copy is moved to now, as if three hours had passed.
    await page.evaluate(
        """async () => {
          const cache = await caches.open("tessera-claims-1");
          for (const one of await cache.keys()) {
            const kept = await cache.match(one);
            const headers = new Headers(kept.headers);
            headers.set("X-Tessera-Keep-Until", headers.get("X-Tessera-Now"));
            await cache.put(one, new Response(await kept.blob(), { headers }));
          }
        }"""
    )
    await page.context.set_offline(True)
    await page.reload()
    await expect(page.locator("h1")).to_have_text("No connection")
    assert claim.number[:4] not in await page.content()
    assert (
        await page.evaluate(
            "caches.open('tessera-claims-1').then((c) => c.keys()).then((k) => k.length)"
        )
        == 0
    )
    await page.context.set_offline(False)
    await page.get_by_role("link", name="Try again").click()
    await expect(page.locator("h1")).to_have_text("Latte 50")


@pytest.mark.parametrize("state", ["redeemed", "voided"])
async def test_a_claim_that_is_over_leaves_no_copy_on_the_phone(shop, visit, issue, state):
    path, _ = await issue()
    page = await visit(path)
    await expect(page.locator(".kept")).to_be_visible()
    await shop.db.screens.execute("UPDATE claim SET state = $1, redeemed_at = issued_at", state)
    await page.reload()
    await page.locator(".stamp").wait_for()
    count = "caches.open('tessera-claims-1').then((c) => c.keys()).then((k) => k.length)"
    assert await page.evaluate(count) == 0


async def test_without_a_service_worker_nothing_is_promised(visit, issue):
    path, _ = await issue()
    page = await visit(path, service_workers="block")
    await page.locator(".code").wait_for()
    await expect(page.locator(".kept")).not_to_be_visible()


async def test_without_a_clipboard_the_code_is_selected_to_be_copied_by_hand(visit, issue):
    """S1-28: the popup shows the code; where nothing can be copied, it is ready to be held."""
    path, _ = await issue(fixed_code="TEA50")
    page = await visit(
        path,
        script="Object.defineProperty(navigator, 'clipboard', {value: undefined});"
        " document.execCommand = () => false",
    )
    await page.get_by_role("button", name="Copy").click()
    await expect(page.locator(".toast")).to_have_text("Press and hold to copy: TEA50")
    assert await page.evaluate("getSelection().toString()") == "TEA50"


async def test_the_screen_stays_on_while_a_code_is_shown(visit, issue, client):
    path, _ = await issue()
    page = await visit(
        path,
        script="""window.held = []; Object.defineProperty(navigator, 'wakeLock', {value: {request: async (kind) => {
          held.push(kind); return {release: async () => { held.push('let go'); }, addEventListener() {}}; }}})""",
    )
    await comes(page, "held.length === 1")
    await redeem(client, path)
    await page.locator(".stamp.redeemed").wait_for()
    await comes(page, "held.join() === 'screen,let go'")
