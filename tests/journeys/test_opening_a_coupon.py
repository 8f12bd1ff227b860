"""Story G4, steps 1 to 3: Tom opens a coupon whose clock starts then, on two devices, and copies its code."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import expect

from coupons.actions.design import create, publish_coupon
from coupons.actions.new_coupon import NewCoupon
from runtime.ids import uuid7

ADD_RULE = """
INSERT INTO flow_rule (id, workspace_id, position, kind, keywords, contains, coupon_id, text, refusal_texts, active)
SELECT $1, w.id, 9, 'keyword', '["oolong"]', false, $2, '', '{}', true FROM workspace w
"""
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "permissions": ["clipboard-read", "clipboard-write"],
}
OPENED = "SELECT first_opened_at FROM claim"


async def oolong(demo):
    """Publish a coupon that lasts half an hour from its first opening."""
    now = demo.clock.now()
    latte = (
        await demo.fetch("SELECT image_key, workspace_id FROM coupon WHERE name = 'Latte 50'")
    )[0]
    new = NewCoupon(
        name="Oolong",
        purpose="marketing",
        fixed_code="OOLONG-7",
        validity_mode="open",
        lasts_minutes=30,
        image_key=latte["image_key"],
        colour_button="#1F7A5C",
        colour_button_text="#FFFFFF",
        tag_on_open="opened",
    )
    async with demo.site.database.transaction() as tx:
        coupon = await create(tx, latte["workspace_id"], new, now)
        await tx.execute(ADD_RULE, uuid7(), coupon)
    await publish_coupon(demo.site.database, coupon, now)


async def test_tom_opens_a_coupon_whose_half_hour_starts_then(demo, desk, screens):
    """S1-17, S1-28, S0-19: the countdown starts at the opening, on every device; copying says the code."""
    demo.clock.stop(datetime(2027, 3, 2, 5, 0, tzinfo=UTC))
    await oolong(demo)
    tom = desk.phone("whatsapp")
    await tom.say("oolong")
    await expect(tom.links.last).to_be_visible()
    await demo.site.database.screens.execute("UPDATE contact SET language = 'ja'")
    link = await tom.links.last.get_attribute("href")
    demo.clock.advance(timedelta(minutes=5))
    demo.clock.stop(demo.clock.now())
    first = await screens(**PHONE)
    await first.goto(link)
    await expect(first.locator(".state")).to_contain_text("残り時間")
    await expect(first.locator("[data-clock]")).to_have_text(re.compile(r"00:(30:00|29:\d\d)"))
    await expect(first.locator(".picture")).to_be_visible()
    ground = "(one) => getComputedStyle(one).backgroundColor"
    assert await first.locator(".redeem summary").evaluate(ground) == "rgb(31, 122, 92)"
    opened = await demo.value(OPENED)
    assert opened == demo.clock.now()
    tag = (
        "SELECT count(*) FROM contact_tag ct JOIN tag t ON t.id = ct.tag_id WHERE t.name = 'opened'"
    )
    assert await demo.value(tag) == 1
    demo.clock.stop(opened + timedelta(minutes=10))
    second = await screens(**PHONE)
    for page in (first, second):
        await page.goto(link)
        await expect(page.locator("[data-clock]")).to_have_text(re.compile(r"00:(20:00|19:\d\d)"))
    assert await demo.value(OPENED) == opened
    await second.locator(".copy").click()
    await expect(second.locator(".toast")).to_contain_text("OOLONG-7")
    assert await second.evaluate("navigator.clipboard.readText()") == "OOLONG-7"
