"""Sending a coupon from the conversation: what is left, what is greyed and why."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from coupons.actions.design import move
from coupons.actions.release import release
from runtime.ids import uuid7
from tests.agent_console.site import plain


async def drawer(browser, chat):
    return await (await browser.part(f"/console/inbox/{chat.id}/coupons")).text()


def offer(page, coupon):
    """Return whether a row can be chosen, and its words."""
    row = re.search(rf'data-coupon="{coupon}" aria-disabled="(\w+)">(.*?)</div>', page, re.DOTALL)
    assert row, "the coupon is not listed"
    return row.group(1) == "false", plain(row.group(2))


async def send(browser, chat, coupon, form_id=None):
    path = f"/console/inbox/{chat.id}/coupons"
    return await browser.act(path, coupon=str(coupon), form_id=form_id or str(uuid7()))


async def test_the_drawer_says_what_is_left_and_sending_takes_one(site, sue):
    """S1-11: service coupons are sent inside the conversation page."""
    coupon, chat = await site.coupon(), await site.chat()
    can, words = offer(await drawer(sue, chat), coupon)
    assert can
    assert "5 left for you" in words
    assert "50 in stock" in words
    answer = await send(sue, chat, coupon)
    assert answer.status == 200
    can, words = offer(await answer.text(), coupon)
    assert "4 left for you" in words
    assert "49 in stock" in words
    assert not can
    assert "This customer already has it." in words


async def test_the_card_stands_in_the_thread_as_mine_and_the_conversation_is_mine(site, sue):
    """S1-11: service coupons are sent inside the conversation."""
    coupon, chat = await site.coupon(), await site.chat()
    await send(sue, chat, coupon)
    message = await site.db.screens.fetchrow(
        "SELECT kind, author, member_id FROM message WHERE direction = 'out'"
    )
    assert dict(message) == {"kind": "card", "author": "member", "member_id": site.sue}
    assert await site.db.screens.fetchval("SELECT status FROM conversation") == "in_progress"
    page = await sue.words(f"/console/inbox/{chat.id}")
    assert "not opened yet" in page


async def test_with_the_quota_used_the_row_says_so(site, sue):
    coupon = await site.coupon(default_quota=1)
    await send(sue, await site.chat("Tom"), coupon)
    can, words = offer(await drawer(sue, await site.chat("Mei")), coupon)
    assert not can
    assert "0 left for you" in words
    assert "Your quota is used." in words


async def test_one_form_sent_many_times_at_once_sends_one_coupon(site, sue):
    coupon, chat, form = await site.coupon(), await site.chat(), str(uuid7())
    answers = await asyncio.gather(*(send(sue, chat, coupon, form) for _ in range(4)))
    assert [answer.status for answer in answers] == [200] * 4
    assert await site.db.screens.fetchval("SELECT count(*) FROM claim") == 1
    assert await site.db.screens.fetchval("SELECT count(*) FROM message WHERE kind = 'card'") == 1


async def test_a_coupon_paused_meanwhile_is_refused_in_words(site, sue):
    coupon, chat = await site.coupon(), await site.chat()
    async with site.db.transaction() as tx:
        await move(tx, coupon, "paused", site.clock.now())
    answer = await send(sue, chat, coupon)
    assert (answer.status, await answer.text()) == (409, "This coupon is paused.")


async def test_marketing_coupons_are_not_offered(site, sue):
    await site.coupon("Latte 50", purpose="marketing")
    assert "No coupon to send" in plain(await drawer(sue, await site.chat()))


async def test_a_seller_is_offered_no_service_coupon_and_cannot_send_one(site):
    await site.member("Sel", "seller")
    seller = await site.browser("sel@tea.example")
    coupon, chat = await site.coupon(), await site.chat()
    assert str(coupon) not in await drawer(seller, chat)
    assert (await send(seller, chat, coupon)).status == 403


async def test_after_the_window_every_row_is_grey(site, sue):

    account = await site.account("whatsapp", "tea")
    coupon = await site.coupon()
    chat = await site.chat("Aiko", account=account, ago=timedelta(hours=25))
    can, words = offer(await drawer(sue, chat), coupon)
    assert not can
    assert "The time to answer on this channel is over." in words


async def test_a_refreshed_drawer_keeps_its_form_and_what_was_chosen(site, sue):
    coupon, chat = await site.coupon(), await site.chat()
    path = f"/console/inbox/{chat.id}/coupons?form_id=form-0123456&coupon={coupon}"
    page = await (await sue.part(path)).text()
    assert 'name="form_id" value="form-0123456"' in page
    assert re.search(rf'value="{coupon}"[^>]*checked', page)


async def test_nonsense_is_refused(site, sue):
    chat = await site.chat()
    assert (await send(sue, chat, "not-an-id")).status == 422
    assert (await send(sue, chat, uuid7(), "x")).status == 422
    assert (await send(sue, chat, uuid7())).status == 404


@pytest.mark.parametrize(
    ("channel", "spoken", "button"),
    [
        ("line", "ja-JP", "クーポンを見る"),
        ("messenger", "zh_CN", "查看优惠券"),
        ("whatsapp", "th", "เปิดคูปอง"),
        ("instagram", "", "查看優惠券"),
    ],
)
async def test_the_preview_is_the_channels_card_in_the_customers_language(
    site, sue, channel, spoken, button
):
    picture = "https://shop.example/latte.png"
    coupon = await site.coupon(image_url=picture, card_text="One cup")
    account = site.line if channel == "line" else await site.account(channel, "other")
    chat = await site.chat(account=account)
    await site.db.screens.execute("UPDATE contact SET language = $1", spoken)
    page = await drawer(sue, chat)
    [shown] = re.findall(rf'data-preview="{coupon}"(.*?)</div>\s*</div>\s*</div>', page, re.DOTALL)
    assert f"on-{channel}" in shown
    assert button in shown
    assert "One cup" in shown
    assert ("preview-picture" in shown) == (channel == "whatsapp")
    assert picture in shown


async def test_what_was_told_is_told_again_when_the_list_is_redrawn(site, sue):
    await site.coupon()
    chat = await site.chat()
    address = f"/console/inbox/{chat.id}/coupons?form_id={uuid7()}&coupon="
    assert "Sent." in await (await sue.part(address + "&told=sent")).text()
    assert "Sent." not in await (await sue.part(address + "&told=")).text()


async def test_words_go_out_before_the_card_and_only_with_it(site, sue):
    coupon, chat = await site.coupon(default_quota=1), await site.chat()
    path = f"/console/inbox/{chat.id}/coupons"
    form = {"coupon": str(coupon), "form_id": str(uuid7()), "note": "  Enjoy it!\x00 "}
    assert (await sue.act(path, **form)).status == 200
    assert (await sue.act(path, **form)).status == 200
    sent = (
        "SELECT kind, text, author FROM message WHERE direction = 'out' ORDER BY provider_at, seq"
    )
    rows = [tuple(row) for row in await site.db.screens.fetch(sent)]
    assert rows == [("text", "Enjoy it!", "member"), ("card", rows[1][1], "member")]
    other = f"/console/inbox/{(await site.chat('Tom')).id}/coupons"
    assert (await sue.act(other, **form | {"form_id": str(uuid7())})).status == 409
    assert await site.db.screens.fetchval("SELECT count(*) FROM outbox") == 2


async def test_words_that_are_too_long_send_nothing(site, sue):
    coupon, chat = await site.coupon(), await site.chat()
    form = {"coupon": str(coupon), "form_id": str(uuid7()), "note": "x" * 501}
    answer = await sue.act(f"/console/inbox/{chat.id}/coupons", **form)
    assert answer.status == 422
    assert "Write at most 500 characters with a coupon." in await answer.text()
    assert await site.db.screens.fetchval("SELECT count(*) FROM claim") == 0


async def test_a_card_rejected_for_good_gives_stock_and_quota_back_and_the_thread_says_so(
    site, sue
):
    coupon, chat = await site.coupon(), await site.chat()
    await send(sue, chat, coupon)
    async with site.db.transaction() as tx:
        claim = await tx.fetchval(
            "UPDATE message SET state = 'failed' WHERE kind = 'card' RETURNING claim_id"
        )
        assert await release(tx, [claim], site.clock.now()) == [claim]
    can, words = offer(await drawer(sue, chat), coupon)
    assert can
    assert "5 left for you" in words
    assert "50 in stock" in words
    thread = await sue.words(f"/console/inbox/{chat.id}")
    assert "The coupon went back to stock, and the quota for it was given back." in thread


async def test_what_can_be_sent_and_ends_soonest_stands_first(site, sue):
    soon, later = (site.clock.now() + timedelta(days=days) for days in (2, 9))
    for name, facts in {
        "Endless": {},
        "Often sent": {"per_contact_limit": None},
        "Used up": {"default_quota": 0, "send_until": soon},
        "Later": {"send_until": later},
        "Soon": {"send_until": soon},
    }.items():
        coupon = await site.coupon(name, **facts)
        if name == "Often sent":
            await send(sue, await site.chat("Tom"), coupon)
    page = await drawer(sue, await site.chat())
    names = re.findall(r'class="offer-name" id="[^"]*">([^<]*)<', page)
    assert names == ["Soon", "Later", "Often sent", "Endless", "Used up"]
