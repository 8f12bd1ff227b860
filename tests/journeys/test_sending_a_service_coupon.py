"""Story G2: Sue takes a conversation over and sends a service coupon within her quota."""

from __future__ import annotations

from playwright.async_api import expect

STOCK = """
SELECT count(*) FROM unit JOIN coupon c ON c.id = coupon_id
WHERE c.purpose = 'service' AND unit.state = 'free'
"""
SENT_BY_SUE = """
SELECT count(*) FROM claim JOIN member m ON m.id = claim.member_id WHERE m.name = 'Sue' AND state = 'issued'
"""


async def test_sue_sends_within_her_quota_and_a_blocked_customer_costs_nothing(demo, desk, console):
    """G2. S1-12: greyed for a customer who already has it; S1-13: what she can still send."""
    mei, aiko = desk.phone("line"), desk.phone("instagram")
    await mei.say("My tea was cold")
    await aiko.say("Mine too")
    sue = await console("Sue")
    await expect(sue.row("Mei")).to_contain_text("waiting")
    await sue.open("Mei")
    await take_over_and_silence_the_bot(demo, mei, sue)
    await send_one(demo, mei, sue)
    await sue.drawer.locator("[data-role=drawer-close]").click()
    await sue.open_drawer()
    service = sue.offer("Service 20")
    await expect(service).to_have_attribute("aria-disabled", "true")
    await expect(service.get_by_role("radio")).to_be_disabled()
    await expect(service.locator("[data-role=offer-reason]")).to_contain_text("already has")

    await aiko.choose("Block")
    await send_in_vain(demo, aiko, sue)
    await sue.open("Mei")
    await sue.open_drawer()
    await expect(service).to_contain_text("4 left for you · 49 in stock")


async def take_over_and_silence_the_bot(demo, mei, sue):
    await sue.head.locator("[data-role=take-over]").click()
    await expect(sue.head).to_contain_text("in progress")
    await expect(sue.head.locator(".who")).to_have_text("Sue")
    await expect(sue.row("Mei")).to_contain_text("in progress")
    await mei.say("latte")
    await expect(sue.messages.last).to_contain_text("latte")
    await demo.until("SELECT bool_and(state = 1) FROM inbox")
    assert await demo.value("SELECT count(*) FROM message WHERE direction = 'out'") == 0
    assert await demo.value("SELECT count(*) FROM claim") == 0


async def send_one(demo, mei, sue):
    await sue.open_drawer()
    service = sue.offer("Service 20")
    await expect(service).to_contain_text("5 left for you · 50 in stock")
    await expect(sue.drawer.locator("[data-role=offer]")).to_have_count(1)
    await sue.send_coupon("Service 20")
    await expect(service).to_contain_text("4 left for you · 49 in stock")
    await expect(sue.messages.last).to_contain_text("Service 20")
    await expect(sue.messages.last.locator(".by")).to_have_text("Sue")
    await expect(mei.got).to_have_count(1)
    await expect(mei.got).to_contain_text("Service 20")
    assert await demo.value(STOCK) == 49
    assert await demo.value(SENT_BY_SUE) == 1


async def send_in_vain(demo, aiko, sue):
    await sue.open("Aiko")
    await sue.open_drawer()
    await sue.send_coupon("Service 20")
    failed = sue.messages.last
    await expect(failed).to_have_attribute("data-state", "failed")
    await expect(failed.locator("[data-role=message-state]")).to_have_text("not sent")
    await expect(failed.locator(".trouble")).to_contain_text("cannot be reached on Instagram")
    await expect(aiko.got).to_have_count(0)
    assert await demo.value(STOCK) == 49
    assert await demo.value(SENT_BY_SUE) == 1
