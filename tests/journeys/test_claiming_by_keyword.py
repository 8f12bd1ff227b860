"""Story G1: Mei claims a coupon by a keyword on LINE, once, and it ends when it said it would."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.async_api import expect

from tests.journeys.people import CHANNELS

ONE_O_CLOCK = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)  # 13:00 in Taipei
STOCK = "SELECT count(*) FROM unit JOIN coupon c ON c.id = coupon_id WHERE c.name = 'Latte 50' AND unit.state = $1"
OUTGOING = "SELECT count(*) FROM message WHERE direction = 'out'"


def at(hour, minute, second=0):
    """Return an instant of that day in Taipei."""
    return ONE_O_CLOCK.replace(hour=hour - 8, minute=minute, second=second)


async def test_mei_claims_a_latte_at_one_and_shows_it_until_four(demo, desk, console, screens):
    demo.clock.stop(ONE_O_CLOCK)
    sue, mei = await console("Sue"), desk.phone("line")
    await desk.fault("line", "redeliver")
    await claim_at_one(demo, mei, sue)
    await repeat_the_webhook(demo, desk)
    await ask_again(demo, mei)
    await watch_it_end(demo, await mei.links.first.get_attribute("href"), await screens())
    await mei.attach("Photo")
    await expect(sue.row("Mei")).to_contain_text("waiting")
    await expect(sue.messages.last.locator("img")).to_be_visible()


async def claim_at_one(demo, mei, sue):
    await mei.say("latte")
    await expect(mei.got).to_have_count(1)
    await expect(mei.got).to_contain_text("Latte 50")
    await expect(mei.got.locator("img")).to_be_visible()
    await expect(mei.links.last).to_have_text("查看優惠券")
    await expect(sue.row("Mei")).to_contain_text("bot")
    # The phone has the card before its platform's answer is written down.
    sent = "SELECT string_agg(m.trigger || ' by ' || d.method, ', ')"
    sent += " FROM message m JOIN delivery d ON d.message_id = m.id"
    await demo.until(sent, wanted="keyword: latte by reply")
    assert await demo.value("SELECT count(*) FROM claim") == 1
    assert await demo.value(STOCK, "free") == 99
    await sue.open("Mei")
    await expect(sue.page.locator("#contact .tags")).to_have_text(
        "claimed-latteTake off the tag claimed-latte"
    )


async def repeat_the_webhook(demo, desk):
    demo.clock.stop(at(13, 0, 2))
    await demo.until("SELECT bool_and(redelivered AND state = 'done') FROM simulator.delivery")
    assert await demo.value("SELECT count(*) FROM inbox") == 1
    assert await demo.value("SELECT count(*) FROM claim") == 1
    assert await demo.value(OUTGOING) == 1
    await desk.fault("line", "redeliver", on=False)


async def ask_again(demo, mei):
    demo.clock.stop(at(13, 5))
    await mei.say("latte")
    await expect(mei.got).to_have_count(2)
    await expect(mei.got.last).to_contain_text("Mei, you already have this latte coupon")
    assert await demo.value("SELECT count(*) FROM claim") == 1
    assert await demo.value(STOCK, "free") == 99


async def watch_it_end(demo, link, claim):
    demo.clock.stop(at(15, 59, 59))
    await claim.clock.install()
    await claim.clock.pause_at(datetime(2030, 1, 1, tzinfo=UTC))
    await claim.goto(link)
    await expect(claim.locator("[data-clock]")).to_have_text("00:00:01")
    await expect(claim.locator(".code")).to_be_visible()
    demo.clock.stop(at(16, 0))
    await claim.clock.run_for(1000)
    await expect(claim.locator(".stamp")).to_contain_text("已過期")
    await expect(claim.locator(".code")).to_have_count(0)
    await expect(claim.locator("details").first).to_contain_text("One cup a visit")


async def test_a_customer_of_every_channel_is_tagged_and_waits_for_a_person_when_the_bot_is_lost(
    demo, desk, console
):
    sue = await console("Sue")
    for channel, name in CHANNELS.items():
        await desk.phone(channel).say("latte")
        await expect(sue.row(name)).to_contain_text("bot")
    await demo.until("SELECT count(*) FROM contact_tag", wanted=4)
    await sue.open("Tom")
    await expect(sue.page.locator(".identities li")).to_have_count(1)
    await desk.phone("instagram").say("Is there oat milk?")
    await expect(sue.row("Aiko")).to_contain_text("waiting")
    await sue.open("Aiko")
    await expect(sue.page.locator("#contact .tags")).to_have_text(
        "claimed-latteTake off the tag claimed-latte"
    )
    await sue.reply("Yes, at no extra cost.")
    await expect(sue.row("Aiko")).to_contain_text("in progress")
    await expect(desk.phone("instagram").got.last).to_contain_text("no extra cost")
