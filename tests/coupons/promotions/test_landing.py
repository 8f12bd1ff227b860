"""The page behind a promotion link: what is given, and the chats it is given in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.accounts import Credentials, seal
from coupons.promotions.actions.add_promotion import set_promotion
from runtime.ids import uuid7

ACCOUNT = """
INSERT INTO channel_account (id, workspace_id, channel, name, external_id, address, api_base, credentials,
  state, state_reason, created_at) VALUES ($1, $2, $3, $4, '', $5, '', $6, 'ok', '', $7)
"""
ADDRESSES = {
    "line": "@tea",
    "messenger": "tea.house",
    "instagram": "tea.house",
    "whatsapp": "+886225550100",
}


@pytest.fixture
async def chats(shop):
    """The shop can be written to in four messengers."""
    for channel, address in ADDRESSES.items():
        sealed = seal(shop.keyring, Credentials())
        await shop.db.screens.execute(
            ACCOUNT, uuid7(), shop.workspace, channel, "tea", address, sealed, shop.clock.now()
        )


async def text(client, path, **headers):
    async with client.get(path, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_the_page_leads_into_every_messenger_with_the_word_that_claims(
    shop, client, promote, chats
):
    """S2-30, S4-13: from the link the customer chooses a messenger; LINE has adding as a friend besides."""
    link = await promote(await shop.coupon(card_text="Half price", rules="One cup a visit"))
    status, html = await text(client, f"/p/{link.slug}")
    word = f"coupon-{link.slug}"
    assert status == 200
    for start in (
        f"https://line.me/R/oaMessage/%40tea/?{word}",
        "https://line.me/R/ti/p/%40tea",
        f"https://m.me/tea.house?ref={word}",
        f"https://ig.me/m/tea.house?ref={word}",
        f"https://wa.me/886225550100?text={word}",
    ):
        assert f'href="{start}"' in html
    assert "Latte 50" in html
    assert "One cup a visit" in html
    assert await shop.count("claim") == 0


async def test_the_page_speaks_the_browsers_language_else_the_shops(shop, client, promote, chats):
    link = await promote(await shop.coupon())
    for header, words in {
        "zh-TW": "前往 LINE",
        "zh-CN": "前往 LINE",
        "ja": "LINEへ進む",
        "th": "ไปที่ LINE",
        "fr": "Continue in LINE",
    }.items():
        assert words in (await text(client, f"/p/{link.slug}", **{"Accept-Language": header}))[1]


@pytest.mark.parametrize("case", ["ended", "paused", "over", "stopped"])
async def test_a_link_that_gives_nothing_says_so_and_leads_nowhere(
    shop, client, promote, chats, case
):
    coupon = await shop.coupon(send_until=shop.clock.now() + timedelta(days=1))
    link = await promote(coupon)
    if case == "over":
        shop.clock.advance(timedelta(days=1))
    elif case == "stopped":
        async with shop.db.transaction() as tx:
            facts = {"active": False, "by": shop.members["ann"], "now": shop.clock.now()}
            await set_promotion(tx, shop.workspace, coupon, link.id, **facts)
    else:
        await shop.db.screens.execute("UPDATE coupon SET state = $1", case)
    _, html = await text(client, f"/p/{link.slug}")
    words = "This coupon is paused." if case == "paused" else "This coupon is no longer given out."
    assert words in html
    assert "line.me" not in html


async def test_an_unknown_link_says_nothing_and_slows_down(client):
    statuses = [(await text(client, f"/p/unknown{n}"))[0] for n in range(22)]
    assert statuses[0] == 404
    assert statuses[-1] == 429


async def test_the_page_is_not_indexed_and_tells_nobody_its_address(shop, client, promote, chats):
    link = await promote(await shop.coupon())
    async with client.get(f"/p/{link.slug}") as answer:
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        html = await answer.text()
    assert 'src="http' not in html


async def test_without_an_account_the_page_says_that_there_is_no_chat_yet(shop, client, promote):
    link = await promote(await shop.coupon())
    assert "There is no chat to continue in yet." in (await text(client, f"/p/{link.slug}"))[1]


async def test_the_same_name_again_is_the_same_link(shop, promote):
    coupon = await shop.coupon()
    first = await promote(coupon, "poster")
    again = await promote(coupon, "  poster ")
    assert (first.id, first.slug) == (again.id, again.slug)
