"""What the bot answers, as rows of the outbox: words, coupons, refusals, and when it holds its tongue."""

from __future__ import annotations

import json

import pytest

from conversations.actions.receive import Handled, Received
from conversations.channel import Account, Inbound, Kind, MessageType
from coupons.actions.claim import settle
from flows.runner import answer
from runtime.ids import uuid7
from tests.coupons.shop import BASE, Shop

ADD_RULE = """
INSERT INTO flow_rule (id, workspace_id, position, kind, keywords, contains, coupon_id, text, refusal_texts, active)
VALUES ($1, $2, 0, $3, $4::jsonb, false, $5, $6, $7::jsonb, true)
"""


class Bot:
    """A shop's rules, and customers whose events they answer."""

    def __init__(self, shop):
        self.shop = shop
        self.account = Account(
            id=shop.account, workspace_id=shop.workspace, channel="line", name="tea", address="@tea"
        )

    async def rule(self, kind, *keywords, coupon=None, text="", refusals=None):
        await self.shop.db.screens.execute(
            ADD_RULE,
            *(uuid7(), self.shop.workspace, kind, list(keywords), coupon, text, refusals or {}),
        )

    async def hears(self, contact, kind=Kind.MESSAGE, *, status="bot", **facts):
        """Let the bot answer one event of a contact; return the words and cards it sends."""
        if kind is Kind.MESSAGE:
            facts = {"message_type": MessageType.TEXT} | facts
        event = Received(
            inbox_id=1,
            account=self.account,
            inbound=Inbound(kind=kind, external_event_id=str(uuid7()), **facts),
            received_at=self.shop.clock.now(),
            request_id="r-1",
        )
        heard = Handled(
            event=event,
            conversation_id=self.shop.chats[contact],
            workspace_id=self.shop.workspace,
            contact_id=contact,
            contact_name="Mei",
            language="en",
            status=status,
            message_id=None,
        )
        sql = "SELECT id, text, content FROM message WHERE direction = 'out' ORDER BY id"
        before = {row["id"] for row in await self.shop.db.screens.fetch(sql)}
        async with self.shop.db.transaction() as tx:
            await answer(tx, [heard], self.shop.channels, self.settle, self.shop.clock.now())
        rows = await self.shop.db.screens.fetch(sql)
        return [json.dumps(row["content"]) for row in rows if row["id"] not in before]

    async def settle(self, tx, requests, now):
        return await settle(tx, requests, self.shop.channels, BASE, now)

    async def state(self, contact):
        sql = "SELECT status FROM conversation WHERE id = $1"
        return await self.shop.db.screens.fetchval(sql, self.shop.chats[contact])


@pytest.fixture
async def bot(db, clock, keyring):
    return Bot(await Shop(db, clock, keyring).build())


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("follow", {"kind": Kind.FOLLOW}),
        ("get_started", {"kind": Kind.POSTBACK, "payload": "GET_STARTED"}),
        ("keyword", {"text": "hours"}),
    ],
)
async def test_a_rule_that_talks_sends_its_words(bot, kind, facts):
    await bot.rule(kind, *(["hours"] if kind == "keyword" else []), text="Welcome to the tea house")
    mei = await bot.shop.customer()
    [said] = await bot.hears(mei, **facts)
    assert "Welcome to the tea house" in said


async def test_a_second_latte_is_refused_in_the_rules_own_words_by_name(bot):
    coupon = await bot.shop.coupon(per_contact_limit=1)
    words = {"contact_limit": "{name}, one is enough"}
    await bot.rule("keyword", "latte", coupon=coupon, refusals=words)
    mei = await bot.shop.customer()
    [card] = await bot.hears(mei, text="latte")
    assert f"{BASE}/c/" in card
    [said] = await bot.hears(mei, text="latte")
    assert "Mei, one is enough" in said
    assert await bot.shop.count("claim") == 1


async def test_a_refusal_without_a_word_of_its_own_takes_the_one_for_all(bot):
    coupon = await bot.shop.coupon(per_contact_limit=1)
    await bot.rule("keyword", "latte", coupon=coupon, refusals={"*": "Not this time"})
    mei = await bot.shop.customer()
    await bot.hears(mei, text="latte")
    [said] = await bot.hears(mei, text="latte")
    assert "Not this time" in said


async def test_a_photo_goes_to_a_person_and_is_answered_by_nobody_else(bot):
    mei = await bot.shop.customer()
    assert await bot.hears(mei, message_type=MessageType.IMAGE) == []
    assert await bot.state(mei) == "waiting"


@pytest.mark.parametrize("status", ["waiting", "in_progress", "snoozed"])
async def test_while_a_person_has_the_conversation_the_bot_is_silent(bot, status):
    coupon = await bot.shop.coupon()
    await bot.rule("keyword", "latte", coupon=coupon)
    mei = await bot.shop.customer()
    assert await bot.hears(mei, status=status, text="latte") == []
    assert await bot.shop.count("claim") == 0


async def test_a_standby_event_starts_nothing(bot):
    await bot.rule("keyword", "latte", text="Here you are")
    mei = await bot.shop.customer()
    assert await bot.hears(mei, text="latte", mode="standby") == []
    assert await bot.state(mei) == "bot"
