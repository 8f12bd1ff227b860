"""Customers who come through a promotion link, and those who ask for their coupons."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from conversations.actions.receive import Handled, Received
from conversations.channel import Account, Chat, Inbound, Kind, MessageType
from coupons.actions.claim import settle
from coupons.my_coupons import link_address, opened_by
from coupons.promotions.actions.add_promotion import add_promotion, set_promotion
from coupons.promotions.tokens import chat_word, slug_in
from flows.runner import answer
from tests.coupons.shop import BASE, Shop

MESSAGES = "SELECT id, text, content, trigger FROM message WHERE direction = 'out' ORDER BY id"


class Bot:
    """A shop with a link, and customers whose events the bot answers."""

    def __init__(self, shop):
        self.shop, self.event = shop, 0
        self.account = Account(
            id=shop.account, workspace_id=shop.workspace, channel="line", name="tea", address="@tea"
        )

    async def link(self, coupon, name="poster"):
        shop = self.shop
        async with shop.db.transaction() as tx:
            return await add_promotion(
                tx, shop.workspace, coupon, name, shop.members["ann"], shop.clock.now()
            )

    async def hears(self, contact, *, again=False, group=False, language="en", **facts):
        """Let the bot answer one event; return what it sends, and its triggers."""
        self.event += 0 if again else 1
        kind = facts.pop("kind", Kind.MESSAGE)
        if kind is Kind.MESSAGE:
            facts = {"message_type": MessageType.TEXT} | facts
        chat = Chat("group", "C1") if group else None
        inbound = Inbound(kind=kind, external_event_id=f"e{self.event}", chat=chat, **facts)
        event = Received(
            inbox_id=self.event,
            account=self.account,
            inbound=inbound,
            received_at=self.shop.clock.now(),
        )
        heard = Handled(
            event=event,
            conversation_id=self.shop.chats[contact],
            workspace_id=self.shop.workspace,
            contact_id=None if group else contact,
            contact_name="Mei",
            language=language,
            status="bot",
            message_id=None,
        )
        before = {row["id"] for row in await self.shop.db.screens.fetch(MESSAGES)}
        async with self.shop.db.transaction() as tx:
            now = self.shop.clock.now()
            await answer(tx, [heard], self.shop.channels, self.settle, now, self.address)
        rows = await self.shop.db.screens.fetch(MESSAGES)
        new = [row for row in rows if row["id"] not in before]
        return [json.dumps(row["content"], ensure_ascii=False) for row in new]

    def address(self, contact, now):
        return link_address(self.shop.keyring, BASE, contact, now)

    async def settle(self, tx, requests, now):
        return await settle(tx, requests, self.shop.channels, BASE, now)


@pytest.fixture
async def bot(db, clock, keyring):
    return Bot(await Shop(db, clock, keyring).build())


@pytest.mark.parametrize(
    "facts",
    [
        {"text": "{word}"},
        {"text": "  {word} please"},
        {"text": "請給我 COUPON-{slug}"},
        {"kind": Kind.REFERRAL, "ref": "{word}"},
        {"kind": Kind.POSTBACK, "payload": "GET_STARTED", "ref": "{word}"},
    ],
)
async def test_the_word_of_a_link_claims_in_that_chat_and_its_place_is_kept(bot, facts):
    """S2-30: the claim keeps the promotion channel as its trigger."""
    link = await bot.link(await bot.shop.coupon(), "Facebook ad")
    word = chat_word(link.slug)
    filled = {
        name: value.format(word=word, slug=link.slug) if name in {"text", "ref"} else value
        for name, value in facts.items()
    }
    [card] = await bot.hears(await bot.shop.customer(), **filled)
    assert f"{BASE}/c/" in card
    rows = await bot.shop.db.screens.fetch("SELECT trigger, source FROM claim")
    assert [tuple(row) for row in rows] == [("link: Facebook ad", "link")]


async def test_the_same_event_twice_claims_once(bot):
    link = await bot.link(await bot.shop.coupon())
    mei = await bot.shop.customer()
    await bot.hears(mei, text=chat_word(link.slug))
    await bot.hears(mei, text=chat_word(link.slug), again=True)
    assert await bot.shop.count("claim") == 1


async def test_who_already_has_it_is_told_so_in_words(bot):
    link = await bot.link(await bot.shop.coupon(per_contact_limit=1))
    mei = await bot.shop.customer()
    await bot.hears(mei, text=chat_word(link.slug))
    [said] = await bot.hears(mei, text=chat_word(link.slug))
    assert "You already have this coupon." in said
    assert await bot.shop.count("claim") == 1


async def test_a_link_that_was_ended_gives_nothing_and_says_so(bot):
    shop = bot.shop
    coupon = await shop.coupon()
    link = await bot.link(coupon)
    async with shop.db.transaction() as tx:
        facts = {"active": False, "by": shop.members["ann"], "now": shop.clock.now()}
        await set_promotion(tx, shop.workspace, coupon, link.id, **facts)
    [said] = await bot.hears(await shop.customer(), text=chat_word(link.slug))
    assert "no longer given out" in said
    assert await shop.count("claim") == 0


async def test_in_a_group_the_word_leads_into_the_private_chat(bot):
    link = await bot.link(await bot.shop.coupon())
    [said] = await bot.hears(await bot.shop.customer(), text=chat_word(link.slug), group=True)
    assert f"https://line.me/R/oaMessage/%40tea/?{chat_word(link.slug)}" in said
    assert await bot.shop.count("claim") == 0


async def test_another_workspaces_word_means_nothing_here(bot, db, clock, keyring):
    other = Bot(await Shop(db, clock, keyring).build())
    link = await other.link(await other.shop.coupon())
    assert await bot.hears(await bot.shop.customer(), text=chat_word(link.slug)) == []
    assert await bot.shop.count("claim") == 0


@pytest.mark.parametrize(
    ("asked", "language", "words"),
    [
        ("My coupons", "en", "Your coupons: "),
        ("我的優惠券", "zh-TW", "您的優惠券："),
        ("我的优惠券", "zh-CN", "您的优惠券："),
        ("マイクーポン", "ja", "お客様のクーポン："),
        ("คูปองของฉัน", "th", "คูปองของคุณ: "),
    ],
)
async def test_who_asks_for_their_coupons_gets_a_link_of_their_own(bot, asked, language, words):
    """S4-16: the wallet is reached from the customer's own chat."""
    shop = bot.shop
    mei = await shop.customer()
    [said] = await bot.hears(mei, text=asked, language=language)
    assert words in said
    token = said.split("/c/mine/")[1][:50]
    assert opened_by(shop.keyring, token, shop.clock.now()) == mei
    assert opened_by(shop.keyring, token, shop.clock.now() + timedelta(minutes=15)) is None
    bent = ("B" if token[0] == "A" else "A") + token[1:]
    assert opened_by(shop.keyring, bent, shop.clock.now()) is None


async def test_in_a_group_nobody_is_told_a_link(bot):
    assert await bot.hears(await bot.shop.customer(), text="my coupons", group=True) == []


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("coupon-k7mpq2xw", "k7mpq2xw"),
        ("Coupon-K7MPQ2XW!", "k7mpq2xw"),
        ("coupon-k7mpq2xwz", None),
        ("mycoupon-k7mpq2xw", None),
        ("coupon-k7mpq2x0", None),
        ("", None),
    ],
)
def test_a_word_is_read_whatever_stands_around_it(text, slug):
    assert slug_in(text) == slug
