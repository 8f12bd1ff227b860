"""The simulator's switches: whatever a platform does, nothing is lost, no card comes twice, people see what is."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.async_api import expect

from conversations.actions.change_account import Changes, change_account

OPEN_WEBHOOKS = "SELECT count(*) FROM simulator.delivery WHERE state = 'pending'"
CARDS = "SELECT count(*) FROM claim"
GONE = re.compile("sent|delivered|read")


async def test_events_that_come_twice_late_or_in_disorder_bring_one_card_and_one_thread(
    demo, desk, console
):
    mei, lin, aiko = (desk.phone(channel) for channel in ("line", "messenger", "instagram"))
    await desk.fault("line", "duplicate")
    await desk.fault("messenger", "redeliver")
    await desk.fault("instagram", "delay", amount=600)
    for phone in (mei, lin, aiko):
        await phone.say("latte")
    await expect(mei.links.last).to_be_visible()
    await expect(lin.links.last).to_be_visible()
    await demo.until(
        "SELECT bool_and(redelivered AND state = 'done') FROM simulator.delivery d"
        " JOIN simulator.account a ON a.id = d.account_id"
        " WHERE a.channel = 'messenger' AND d.event::text LIKE '%latte%'"
    )
    assert await demo.value(CARDS) == 2
    demo.clock.advance(timedelta(minutes=10))
    await expect(aiko.links.last).to_be_visible()
    assert await demo.value(CARDS) == 3
    for phone in (mei, lin, aiko):
        await expect(phone.got).to_have_count(1)

    await desk.fault("messenger", "redeliver", on=False)
    await desk.fault("messenger", "reorder")
    await lin.say("first this")
    await lin.say("then that")
    await demo.until("SELECT count(*) FROM message WHERE text = 'first this'", wanted=1)
    sue = await console("Sue")
    await sue.open("Lin")
    await expect(sue.messages.locator(".words")).to_have_text(["latte", "first this", "then that"])


async def test_a_busy_or_broken_platform_gets_the_answer_later_and_once(demo, desk, console):
    mei, tom = desk.phone("line"), desk.phone("whatsapp")
    await mei.say("Are you there?")
    await tom.say("Hello?")
    sue = await console("Sue")
    await desk.fault("line", "answer_429")
    await desk.fault("whatsapp", "answer_500")
    await sue.open("Mei")
    await sue.reply("Here we are")
    await expect(sue.messages.last).to_have_attribute("data-state", re.compile("queued|sending"))
    await sue.open("Tom")
    await sue.reply("Good morning")
    await demo.until(
        "SELECT count(*) > 1 FROM simulator.wire WHERE direction = 'api' AND status IN (429, 500)"
    )
    await expect(mei.got).to_have_count(0)
    await desk.fault("line", "answer_429", on=False)
    await desk.fault("whatsapp", "answer_500", on=False)
    demo.clock.hurry(20)
    await expect(mei.got).to_have_count(1)
    await expect(mei.got).to_contain_text("Here we are")
    doubtful = sue.messages.last
    await expect(doubtful).to_have_attribute("data-state", "unknown")
    await expect(tom.got).to_have_count(0)
    await doubtful.locator("[data-role=send-again]").click()
    await expect(tom.got).to_have_count(1)
    await expect(tom.got).to_contain_text("Good morning")
    await sue.open("Mei")
    await expect(sue.messages.last).to_have_attribute("data-state", GONE)


async def test_an_answer_that_never_comes_is_settled_by_evidence_or_shown_as_unknown(
    demo, desk, console
):
    phones = [desk.phone(channel) for channel in ("line", "messenger", "whatsapp")]
    for phone in phones:
        await desk.fault(phone.channel, "timeout_after_accept")
        await phone.say("latte")
    for phone in phones:
        await expect(phone.links.last).to_be_visible()
    await demo.until("SELECT count(*) FROM outbox", wanted=0)
    aiko = desk.phone("instagram")
    await desk.fault("instagram", "timeout_after_accept")
    await aiko.say("Is it warm inside?")
    sue = await console("Sue")
    for name in ("Mei", "Lin", "Tom"):
        await sue.open(name)
        await expect(sue.messages.last).to_contain_text("Latte 50")
        await expect(sue.messages.last).to_have_attribute("data-state", GONE)
    for phone in phones:
        await expect(phone.got.filter(has_text="Latte 50")).to_have_count(1)
    assert await demo.value(CARDS) == 3

    await desk.fault("instagram", "delay", amount=3600)
    await sue.open("Aiko")
    await sue.reply("As toast")
    await expect(aiko.got).to_have_count(1)
    unknown = sue.messages.last
    await demo.until("SELECT count(*) FROM outbox WHERE state = 2", wanted=1)
    demo.clock.advance(timedelta(minutes=2))
    await expect(unknown).to_have_attribute("data-state", "unknown")
    await expect(unknown).to_contain_text("It may have arrived")
    await expect(unknown.locator("[data-role=send-again]")).to_be_visible()
    await expect(aiko.got).to_have_count(1)
    demo.clock.advance(timedelta(hours=1))
    await expect(unknown).to_have_attribute("data-state", GONE)


async def test_an_expired_token_asks_to_reconnect_and_keeps_what_was_written(demo, desk, console):
    mei = desk.phone("line")
    await mei.say("Good evening")
    sue = await console("Sue")
    await sue.open("Mei")
    await desk.fault("line", "expired_token")
    await sue.reply("Good evening, Mei")
    await demo.until("SELECT count(*) FROM channel_account WHERE state = 'reconnect'", wanted=1)
    await expect(sue.window).to_contain_text("must be reconnected")
    await expect(sue.thread.locator("textarea[name=text]")).to_be_disabled()
    ann = await console("Ann")
    await ann.page.get_by_role("link", name="Settings").click()
    await ann.page.get_by_role("link", name="Channels").click()
    account = ann.page.locator("[data-role=account]", has_text="LINE")
    await expect(account).to_contain_text("must be reconnected")

    await desk.fault("line", "expired_token", on=False)
    site = demo.site
    await change_account(site.database, site.keyring, "line", "demo", Changes(), site.clock)
    demo.clock.hurry(20)
    await expect(mei.got).to_have_count(1)
    await expect(mei.got).to_contain_text("Good evening, Mei")
    await expect(sue.messages.last).to_have_attribute("data-state", GONE)


async def test_who_blocked_us_or_waited_too_long_cannot_be_answered_and_people_see_why(
    demo, desk, console
):
    lin, tom, mei = (desk.phone(channel) for channel in ("messenger", "whatsapp", "line"))
    for phone in (lin, tom, mei):
        await phone.say("Hello")
    sue = await console("Sue")
    await desk.fault("messenger", "blocked")
    await sue.open("Lin")
    await sue.reply("Hello Lin")
    await expect(sue.messages.last).to_have_attribute("data-state", "failed")
    await expect(sue.messages.last).to_contain_text("cannot be reached on Messenger")
    await expect(sue.window).to_contain_text("cannot be reached")

    await desk.fault("whatsapp", "clock_shift", amount=25)
    await sue.open("Tom")
    await sue.reply("Hello Tom")
    await expect(sue.messages.last).to_have_attribute("data-state", "failed")
    await expect(sue.messages.last.locator(".trouble")).to_contain_text("template")

    await desk.fault("line", "clock_shift", amount=25)
    await sue.open("Mei")
    await sue.reply("Hello Mei")
    await expect(mei.got).to_have_count(1)
    # The phone has the message before the platform's answer has been written down.
    await demo.until("SELECT method FROM delivery WHERE state = 'sent'", wanted="push")

    demo.clock.advance(timedelta(hours=25))
    await sue.open("Tom")
    await expect(sue.window).to_contain_text("The time to answer on this channel is over")
    await expect(sue.thread.locator("textarea[name=text]")).to_be_disabled()
    await expect(sue.thread.locator("button[data-role=send]")).to_be_disabled()
