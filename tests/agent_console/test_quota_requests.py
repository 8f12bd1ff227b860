"""Asking for more quota from the coupon list, and deciding on it."""

from __future__ import annotations

import asyncio
import re

import pytest

from runtime.ids import uuid7
from tests.agent_console.site import plain
from tests.agent_console.test_send_coupon import drawer, offer, send

REQUESTS = "/console/quotas/requests"


async def ask(browser, chat, coupon, amount="3", words="A full house"):
    return await browser.act(
        f"/console/inbox/{chat.id}/coupons/{coupon}/more", amount=amount, words=words
    )


def told(page, coupon):
    """Return what stands under a coupon's row about asking for more."""
    found = re.search(rf'data-more="{coupon}">(.*?)</div>', page, re.DOTALL)
    return plain(found.group(1)) if found else ""


async def waiting(site):
    return await site.db.screens.fetchval("SELECT id FROM quota_request WHERE state = 'open'")


async def test_who_used_their_quota_asks_and_is_granted_more(site, sue, ken):
    coupon = await site.coupon(default_quota=1)
    await send(sue, await site.chat("Tom"), coupon)
    chat = await site.chat("Mei")
    page = await drawer(sue, chat)
    assert f'hx-get="/console/inbox/{chat.id}/coupons?more={coupon}"' in page
    form = await (await sue.part(f"/console/inbox/{chat.id}/coupons?more={coupon}")).text()
    assert "Ask for more of “Service 50”" in plain(form)
    answer = await ask(sue, chat, coupon)
    assert "You asked for 3 more." in told(await answer.text(), coupon)
    seen = await ken.words(REQUESTS)
    assert "Sue asks for 3 more of “Service 50”" in seen
    assert "sent 1 of 1" in seen
    assert "A full house" in seen
    assert ">1<" in await (await ken.part("/console/quotas/count")).text()
    assert "1 request for more waits for you" in await ken.words("/console/quotas")
    request = await waiting(site)
    done = await ken.act(f"{REQUESTS}/{request}/grant", amount="2")
    assert "Nobody waits for more" in plain(await done.text())
    page = await drawer(sue, chat)
    can, words = offer(page, coupon)
    assert can
    assert "2 left for you" in words
    assert "Ken gave you 2 more." in told(page, coupon)
    said = await (await sue.part(f"{REQUESTS}/{request}/outcome")).text()
    assert said == "You may send 2 more of “Service 50”."
    actions = await site.db.screens.fetch("SELECT action FROM audit_entry ORDER BY at, id")
    ours = [row["action"] for row in actions if "quota" in row["action"]]
    assert ours == ["coupon.quota_asked", "coupon.quota_granted", "coupon.quota"]


async def test_a_declined_request_is_told_with_its_words(site, sue, ken):
    coupon, chat = await site.coupon(default_quota=1), await site.chat()
    await ask(sue, chat, coupon)
    request = await waiting(site)
    wordless = await ken.act(f"{REQUESTS}/{request}/decline", words=" ")
    assert (wordless.status, await wordless.text()) == (422, "Write why, so that they know")
    assert (await ken.post(f"{REQUESTS}/{request}/decline", words="Next week")).status == 303
    page = await drawer(sue, chat)
    assert "Ken: no more for now. Next week" in told(page, coupon)
    assert "1 left for you" in offer(page, coupon)[1]
    said = await (await sue.part(f"{REQUESTS}/{request}/outcome")).text()
    assert said == "No more of “Service 50” for now: Next week"


async def test_a_second_request_is_refused_politely(site, sue):
    coupon, chat = await site.coupon(default_quota=1), await site.chat()
    assert (await ask(sue, chat, coupon)).status == 200
    again = await ask(sue, chat, coupon)
    assert again.status == 409
    assert "You have asked for more of this coupon already" in await again.text()
    assert "Ask for more" not in told(await drawer(sue, chat), coupon)


@pytest.mark.parametrize("amount", ["", "0", "-1", "ten", "1001", "9" * 20])
async def test_an_amount_that_makes_no_sense_is_refused_in_words(site, sue, amount):
    coupon, chat = await site.coupon(default_quota=1), await site.chat()
    answer = await ask(sue, chat, coupon, amount)
    assert (answer.status, await answer.text()) == (422, "Write a whole number from 1 to 1,000")


async def test_of_many_supervisors_at_once_one_decides(site, sue, ken):
    coupon, chat = await site.coupon(default_quota=1), await site.chat()
    await ask(sue, chat, coupon)
    request = await waiting(site)
    deeds = [ken.act(f"{REQUESTS}/{request}/grant", amount="3") for _ in range(4)]
    answers = await asyncio.gather(*deeds)
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    late = next(answer for answer in answers if answer.status == 409)
    assert "Somebody decided on this request already." in await late.text()
    assert "4 left for you" in offer(await drawer(sue, chat), coupon)[1]


async def test_only_what_the_list_offers_can_be_asked_for(site, sue):
    chat = await site.chat()
    rival = await site.coupon(workspace=site.rival)
    for coupon in (rival, await site.coupon("Sales", purpose="sales"), uuid7()):
        assert (await ask(sue, chat, coupon)).status == 404
    unlimited = await site.coupon(default_quota=None)
    assert (await ask(sue, chat, unlimited)).status == 409


async def test_another_workspace_and_other_members_see_and_decide_nothing(site, sue):
    coupon, chat = await site.coupon(default_quota=1), await site.chat()
    await ask(sue, chat, coupon)
    request = await waiting(site)
    await site.member("Eve", "admin", site.rival)
    eve = await site.browser("eve@rival.example")
    assert "Service 50" not in await eve.text(REQUESTS)
    assert (await eve.act(f"{REQUESTS}/{request}/grant", amount="3")).status == 404
    assert (await eve.act(f"{REQUESTS}/{request}/decline", words="no")).status == 404
    assert (await sue.act(f"{REQUESTS}/{request}/grant", amount="3")).status == 403
    assert (await eve.part(f"{REQUESTS}/{request}/outcome")).status == 404
    assert (await sue.part(f"{REQUESTS}/{request}/outcome")).status == 404
    assert await waiting(site) == request


async def test_words_cannot_be_more_than_words(site, sue, ken):
    coupon, chat = await site.coupon(default_quota=1), await site.chat()
    await ask(sue, chat, coupon, words="<script>alert(1)</script>")
    assert "<script>alert" not in await ken.text(REQUESTS)
    assert re.search(r"&lt;script&gt;alert", await ken.text(REQUESTS))


async def test_whoever_may_change_quotas_is_led_there_instead(site, ken):
    coupon, chat = await site.coupon(default_quota=1), await site.chat()
    words = await drawer(ken, chat)
    assert f'href="/console/coupons/{coupon}/quotas"' in words
    assert "Ask for more" not in plain(words)
