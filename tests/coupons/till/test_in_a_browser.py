"""The verifiers' page in a real browser: a phone with a camera, a network that comes and goes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.axe import THEMES, TRANSLATED, hindrances

SHOTS = os.environ.get("TESSERA_SHOTS", "")


async def shoot(page, name):
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"{name}.png")


async def test_a_scan_is_looked_at_confirmed_and_green_and_the_same_code_again_is_amber(
    shop, counter, staff, phones, camera
):
    """G9 steps 1 and 2; S4-17, S4-20: scan, notification, confirm; S4-22: the verifier sees the result."""
    await staff.works_in("ray", "Xinyi")
    claim = await counter.issue(await shop.customer("Lin Chen"), name="Latte 50")
    page = await phones("ray", within=await camera(claim.number))
    await expect(page.locator("#found-name")).to_have_text("Latte 50")
    await shoot(page, "found")
    await expect(page.locator("#found-customer")).to_have_text("Lin")
    await page.get_by_role("button", name="Redeem", exact=True).click()
    answer = page.locator("#answer")
    await expect(answer).to_have_attribute("data-colour", "green")
    await expect(page.locator("#answer-detail")).to_have_text("13:00, Xinyi, Ray")
    await expect(page.locator("#count")).to_have_text("Today: 1")
    await shoot(page, "green")
    await page.get_by_role("button", name="Next").click()
    await expect(answer).to_have_attribute("data-colour", "amber")
    await expect(answer).to_contain_text("Already redeemed")
    await expect(page.locator("#answer-detail")).to_have_text("13:00, Xinyi, Ray")
    await shoot(page, "amber")
    assert await shop.count("redemption") == 1


async def test_the_number_is_always_there_to_be_typed(shop, counter, staff, phones):
    """S4-21: card number, type the number; the tag of the redemption is put on (S1-35)."""
    await staff.works_in("ray", "Xinyi")
    claim = await counter.issue(tag_on_redeem="redeemed")
    page = await phones("ray")
    number = page.get_by_label("Coupon number")
    await number.fill("not a number")
    await number.press("Enter")
    await expect(page.locator("#answer")).to_have_attribute("data-colour", "red")
    await shoot(page, "red")
    await page.get_by_role("button", name="Next").click()
    await number.fill(f"{claim.number[:4]}-{claim.number[4:8]} {claim.number[8:]}".lower())
    await shoot(page, "scan")
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("button", name="Redeem", exact=True).click()
    await expect(page.locator("#answer")).to_have_attribute("data-colour", "green")
    assert await shop.count("contact_tag") == 1


# A camera that was never allowed waits for a tap, and refuses then.
REFUSED = """
navigator.permissions.query = async () => ({state: "prompt"});
navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", "WHY") };
"""


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("Object.defineProperty(window, 'isSecureContext', {value: false})", "needs an https"),
        ("delete Navigator.prototype.mediaDevices", "There is no camera"),
        (
            REFUSED.replace("WHY", "NotAllowedError"),
            "The camera is blocked",
        ),
        (
            REFUSED.replace("WHY", "NotFoundError"),
            "There is no camera",
        ),
    ],
)
async def test_without_a_camera_the_reason_is_shown_and_the_number_can_be_typed(
    counter, staff, phones, script, told
):
    await staff.works_in("ray", "Xinyi")
    claim = await counter.issue()
    page = await phones("ray", path="/shop")
    await page.context.add_init_script(script)
    await page.reload()
    start = page.get_by_role("button", name="Scan with the camera")
    if "getUserMedia" in script:
        await start.click()
    await expect(page.locator("#aim")).to_contain_text(told)
    await shoot(page, "no-camera")
    await page.get_by_label("Coupon number").fill(claim.number)
    await page.get_by_role("button", name="Find").click()
    await expect(page.locator("#found-name")).to_have_text("Latte 50")


async def test_a_till_without_network_keeps_scans_and_settles_each_in_sight(
    shop, counter, staff, phones
):
    """A queued scan is provisional, then green or amber once the network is back, and never twice."""
    await staff.works_in("ray", "Xinyi")
    mine, taken = await counter.issue(), await counter.issue()
    page = await phones("ray")
    await expect(page.locator("#number")).to_be_visible()
    await page.context.set_offline(True)
    for claim in (mine, taken):
        await page.get_by_label("Coupon number").fill(claim.number)
        await page.get_by_role("button", name="Find").click()
        await page.get_by_role("button", name="Keep this scan").click()
        await expect(page.locator("#answer")).to_have_attribute("data-colour", "kept")
        await expect(page.locator("#answer-title")).to_have_text("Kept, not yet redeemed")
        await shoot(page, "kept")
        await page.get_by_role("button", name="Next").click()
    await expect(page.locator("#waiting-list li")).to_have_count(2)
    await shoot(page, "waiting")
    await page.get_by_label("Coupon number").fill("TEA50")
    await page.get_by_role("button", name="Find").click()
    await expect(page.locator("#number-error")).to_contain_text("12-character")
    await counter.redeem(taken, counter.bo)
    await page.context.set_offline(False)
    settled = page.locator("#settled-list li")
    await expect(settled).to_have_count(2)
    await expect(settled.nth(0)).to_have_class("green")
    await expect(settled.nth(1)).to_have_class("amber")
    await expect(settled.nth(1)).to_contain_text("13:00, Daan, Bo")
    await shoot(page, "settled")
    await expect(page.locator("#waiting")).to_be_hidden()
    await page.get_by_role("button", name="Got it").click()
    await expect(page.locator("#settled")).to_be_hidden()
    assert await shop.count("redemption") == 2


async def test_an_answer_that_never_arrived_is_asked_for_again_under_the_same_key(
    shop, counter, staff, phones
):
    await staff.works_in("ray", "Xinyi")
    claim = await counter.issue()
    page = await phones("ray")
    await page.get_by_label("Coupon number").fill(claim.number)
    await page.get_by_role("button", name="Find").click()

    async def lose(route):
        await route.fetch()
        await route.abort()

    await page.route("**/shop/redeem", lose, times=1)
    await page.get_by_role("button", name="Redeem", exact=True).click()
    await expect(page.locator("#answer")).to_have_attribute("data-colour", "kept")
    assert await shop.count("redemption") == 1
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.get_by_role("button", name="Next").click()
    await expect(page.locator("#settled-list li.green")).to_have_count(1)
    assert await shop.count("redemption") == 1


async def test_kept_scans_outlive_the_page(counter, staff, phones):
    await staff.works_in("ray", "Xinyi")
    claim = await counter.issue()
    page = await phones("ray")
    await expect(page.locator("#number")).to_be_visible()
    await page.context.set_offline(True)
    await page.get_by_label("Coupon number").fill(claim.number)
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("button", name="Keep this scan").click()
    await expect(page.locator("#answer")).to_have_attribute("data-colour", "kept")
    await page.route("**/shop/redeem", lambda route: route.abort())
    await page.context.set_offline(False)
    # Settled by this page it would not be in the next one's list: its own try must have failed before.
    async with page.expect_event("requestfailed", lambda sent: "/shop/redeem" in sent.url):
        await page.reload()
    await expect(page.locator("#waiting-list li")).to_have_count(1)
    await page.unroute("**/shop/redeem")
    await page.reload()
    await expect(page.locator("#settled-list li.green")).to_have_count(1)


async def test_a_kept_scan_that_may_not_be_settled_now_stays_kept(shop, counter, staff, phones):
    await staff.works_in("ray", "Xinyi")
    claim = await counter.issue()
    page = await phones("ray")
    await expect(page.locator("#number")).to_be_visible()
    await page.context.set_offline(True)
    await page.get_by_label("Coupon number").fill(claim.number)
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("button", name="Keep this scan").click()
    await expect(page.locator("#waiting-list li")).to_have_count(1)
    role = "UPDATE member SET role = $1 WHERE name = 'Ray'"
    await shop.db.screens.execute(role, "service_agent")
    async with page.expect_response("**/shop/redeem") as refused:
        await page.context.set_offline(False)
    assert (await refused.value).status == 403
    await shop.db.screens.execute(role, "verifier")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.get_by_role("button", name="Next").click()
    await expect(page.locator("#settled-list li.green")).to_have_count(1)
    await expect(page.locator("#settled-list li")).to_have_count(1)
    assert await shop.count("redemption") == 1


async def test_undo_on_the_page_asks_why_and_gives_the_coupon_back(shop, counter, staff, phones):
    """G9 step 4 by hand: the button counts down ten minutes, and the list of today keeps it."""
    await staff.works_in("ray", "Xinyi")
    claim = await counter.issue()
    page = await phones("ray")
    await page.get_by_label("Coupon number").fill(claim.number)
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("button", name="Redeem", exact=True).click()
    await page.get_by_role("button", name="Undo").click()
    await shoot(page, "undo")
    await page.get_by_label("Why?").fill("Wrong coupon")
    await page.locator("#undo-yes").click()
    await expect(page.locator("#toast")).to_contain_text("Undone")
    await expect(page.locator("#count")).to_have_text("Today: 0")
    await page.locator("#day summary").click()
    await expect(page.locator("#day-list li")).to_contain_text("undone")
    await shoot(page, "day")
    assert await shop.count("claim WHERE state = 'issued'") == 1


LANGUAGES = {"en": "Redeem", "zh-Hant": "兌換", "zh-Hans": "核销", "ja": "使用する", "th": "แลกใช้"}


@pytest.mark.parametrize("language", list(LANGUAGES))
async def test_the_page_can_be_used_by_all_on_a_phone(shop, counter, staff, phones, language):
    await staff.works_in("ray", "Xinyi")
    await shop.db.screens.execute("UPDATE member SET language = $1", language)
    claim = await counter.issue()
    page = await phones("ray", reduced_motion="reduce", locale=language)
    found = []

    async def look(name):
        for theme, rules in THEMES if language == "en" else TRANSLATED:
            await page.emulate_media(color_scheme=theme)
            await shoot(page, f"{name}-{language}-{theme}")
            found.extend((name, theme, *one) for one in await hindrances(page, rules))

    await look("till")
    await page.locator(".menu summary").click()
    await look("menu")
    await page.locator(".menu summary").click()
    for colour in ("green", "amber"):
        await page.locator("#number").fill(claim.number)
        await page.locator("#find").click()
        if colour == "green":
            confirm = page.locator("#confirm")
            await expect(confirm).to_be_visible()
            await expect(confirm).to_have_text(LANGUAGES[language])
            await look("found")
            await confirm.click()
        await expect(page.locator("#answer")).to_have_attribute("data-colour", colour)
        await look(colour)
        await page.locator("#next").click()
    await page.locator("#number").fill("nothing")
    await page.locator("#find").click()
    await expect(page.locator("#answer")).to_have_attribute("data-colour", "red")
    await look("red")
    for path in ("stores", "in/none"):
        await page.goto(page.url.split("/shop")[0] + f"/shop/{path}")
        await look(path.replace("/", "-"))
    await page.context.clear_cookies()
    await page.goto(page.url.split("/shop")[0] + "/shop/login")
    await look("login")
    assert found == []
