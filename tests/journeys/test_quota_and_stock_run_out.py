"""Story G3: Sue's quota runs out and Ann raises it; a small stock meets many customers, and is topped up."""

from __future__ import annotations

import asyncio

from playwright.async_api import expect

from coupons.actions.design import create, publish_coupon
from coupons.actions.load_codes import load_codes
from coupons.actions.new_coupon import NewCoupon
from coupons.audit import audit
from coupons.rules.codes import ean13_check
from runtime.ids import uuid7

ADD_RULE = """
INSERT INTO flow_rule (id, workspace_id, position, kind, keywords, contains, coupon_id, text, lead_text,
  refusal_texts, active) VALUES ($1, $2, 50, 'keyword', $3, false, $4, '', $5, $6, true)
"""
SOLD_OUT = "Sorry {name}, the cakes are gone."
LEAD = "One moment, I look whether there is a cake left."
CROWD = 20
CODES = 7


async def test_a_used_up_quota_is_raised_and_seen_without_reloading(demo, desk, console):
    """G3 step 1. S1-12, S1-13: greyed when nothing is left, and the figure each member still has."""
    await demo.allow("Sue", 5)
    line = await demo.account("line")
    mei = desk.phone("line")
    people = [await new_customer(demo, line, f"Guest {n}") for n in range(6)]
    for person in people:
        await say(demo, line, person, "Hello")
    sue, ann = await console("Sue"), await console("Ann")
    for n in range(5):
        await sue.open(f"Guest {n}")
        await sue.open_drawer()
        await sue.send_coupon("Service 20")
        await expect(sue.offer("Service 20")).to_contain_text(f"{4 - n} left for you")
    await sue.open("Guest 5")
    await sue.open_drawer()
    offer = sue.offer("Service 20")
    await expect(offer).to_contain_text("0 left for you")
    await expect(offer).to_have_attribute("aria-disabled", "true")
    await expect(offer.locator("[data-role=offer-reason]")).to_contain_text("quota is used")
    await raise_quota(demo, ann, "8")
    await expect(offer).to_contain_text("3 left for you")
    await sue.send_coupon("Service 20")
    await expect(offer).to_contain_text("2 left for you")
    await expect(mei.got).to_have_count(0)


async def raise_quota(demo, ann, value):
    coupon = await demo.value("SELECT id FROM coupon WHERE purpose = 'service'")
    await ann.page.goto(f"{demo.url}/console/coupons/{coupon}/quotas")
    await ann.page.get_by_label("Sue", exact=True).check()
    await ann.page.get_by_label("May send", exact=True).fill(value)
    await ann.page.get_by_role("button", name="Set", exact=True).click()
    row = ann.page.get_by_role("row", name="Sue")
    await expect(row).to_contain_text("8 (their own)")
    await expect(row).to_contain_text("5")


async def test_seven_codes_for_twenty_customers_and_ten_more_later(demo):
    """G3 steps 2 to 4. S1-32, S1-47, S1-50: sold out is said, the text of the answer still goes out."""
    coupon = await cakes(demo)
    line = await demo.account("line")
    people = [await new_customer(demo, line, f"Guest {n}") for n in range(CROWD)]
    await asyncio.gather(*(say(demo, line, person, "Hello") for person in people))
    await demo.until("SELECT count(*) = $1 FROM contact WHERE name LIKE 'Guest %'", CROWD)
    await demo.site.database.screens.execute("UPDATE conversation SET status = 'bot'")
    await asyncio.gather(*(say(demo, line, person, "cake") for person in people))
    await demo.until(
        "SELECT count(*) = $1 AND bool_and(state NOT IN ('queued', 'sending')) FROM message WHERE direction = 'out'",
        2 * CROWD,
    )
    codes = await demo.fetch("SELECT code FROM claim WHERE coupon_id = $1", coupon)
    assert len(codes) == len({row["code"] for row in codes}) == CODES
    assert await said(demo, "Sorry Guest %, the cakes are gone.") == CROWD - CODES
    assert await said(demo, LEAD) == CROWD
    assert [one.faults for one in await audit(demo.site.database.screens)] == [(), (), ()]
    await top_up(demo, coupon, 10)
    late = await new_customer(demo, line, "Late")
    await say(demo, line, late, "cake")
    await demo.until("SELECT count(*) = $2 FROM claim WHERE coupon_id = $1", coupon, CODES + 1)
    assert [one.faults for one in await audit(demo.site.database.screens)] == [(), (), ()]


async def test_two_agents_see_the_words_go_out_and_the_card_withheld(demo, desk, console):
    """G3 step 3: a rule of words and a card, sold out; both agents see what the customer got."""
    await cakes(demo, 1)
    lin, aiko = desk.phone("messenger"), desk.phone("instagram")
    sue, ken = await console("Sue"), await console("Ken")
    await lin.say("cake")
    await expect(lin.links).not_to_have_count(0)
    await aiko.say("cake")
    await expect(aiko.got).to_have_count(2)
    await expect(aiko.got.first).to_contain_text(LEAD)
    await expect(aiko.got.last).to_contain_text("the cakes are gone")
    await expect(aiko.links).to_have_count(0)
    for agent in (sue, ken):
        await agent.open("Aiko")
        await expect(agent.messages.filter(has_text=LEAD)).to_be_visible()
        await expect(agent.messages.last).to_contain_text("the cakes are gone")
        await expect(agent.thread.locator(".coupon-card")).to_have_count(0)


async def cakes(demo, count=CODES):
    """Publish a coupon with so many codes; the word cake asks for it."""
    workspace = await demo.value("SELECT id FROM workspace")
    now = demo.clock.now()
    new = NewCoupon(name="Cake", purpose="marketing", code_mode="pack", code_format="ean_13")
    async with demo.site.database.transaction() as tx:
        coupon = await create(tx, workspace, new, now)
    await top_up(demo, coupon, count, start=481000000000)
    await publish_coupon(demo.site.database, coupon, now)
    refusals = {"sold_out": SOLD_OUT}
    await demo.site.database.screens.execute(
        ADD_RULE, uuid7(), workspace, ["cake"], coupon, LEAD, refusals
    )
    return coupon


async def top_up(demo, coupon, count, start=482000000000):
    codes = [f"{n}{ean13_check(str(n))}" for n in range(start, start + count)]
    report = await load_codes(demo.site.database, coupon, codes, demo.clock.now())
    assert report.loaded == count
    demo.parts.live.committed()


async def said(demo, text):
    return await demo.value(
        "SELECT count(*) FROM message WHERE direction = 'out' AND text LIKE $1", text
    )


async def new_customer(demo, account, name):
    path = f"{demo.url}/simulator/api/accounts/{account['id']}/customers"
    async with demo.http.post(path, json={"name": name}) as answer:
        return (await answer.json())["external_id"]


async def say(demo, account, customer, text):
    path = f"{demo.url}/simulator/api/accounts/{account['id']}/do"
    body = {"customer": customer, "action": "say", "text": text}
    async with demo.http.post(path, json=body) as answer:
        assert answer.status == 200, await answer.text()
