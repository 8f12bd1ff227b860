"""The away message: once a closed period, to those whose words wait for a person, and to nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conversations.actions.receive import receive
from conversations.channel import Chat, Kind, MessageType
from flows.runner import answer
from runtime.ids import uuid7
from team.actions.set_automation import set_automation
from team.automation import Automation
from team.hours import Hours
from tests.factories import CHANNELS, Customer, an_account

SET = """
INSERT INTO member (id, workspace_id, email, name, role, active, password_hash, language, created_at)
VALUES ($1, $2, 'ann@tea.example', 'Ann', 'admin', true, '', 'en', $3)
"""
RULE = """
INSERT INTO flow_rule (id, workspace_id, position, kind, keywords, contains, text, refusal_texts, active)
VALUES ($1, $2, 0, 'keyword', $3::jsonb, false, 'We sell tea', '{}'::jsonb, true)
"""
NINE_TO_SIX = Hours(week=(((540, 1080),),) * 5 + ((), ()))
WORDS = "We are back at nine"


class House:
    """A tea house in Taipei with hours from nine to six on weekdays; it is Monday, 13:00."""

    def __init__(self, db, clock, account):
        self.db, self.clock, self.account = db, clock, account
        self.mei = Customer(account)
        self.boss = uuid7()

    async def build(self):
        await self.db.screens.execute(SET, self.boss, self.account.workspace_id, self.clock.now())
        await self.db.screens.execute(RULE, uuid7(), self.account.workspace_id, ["tea"])
        await self.set()
        return self

    async def set(self, **facts):
        facts = {"hours_on": True, "hours": NINE_TO_SIX, "away_text": WORDS} | facts
        rules = Automation(workspace_id=self.account.workspace_id, **facts)
        async with self.db.transaction() as tx:
            await set_automation(tx, rules, self.boss, self.clock.now())

    async def at(self, text):
        self.clock.set(datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(hours=8))

    async def hears(self, text="hello?", *, by=None, kind=Kind.MESSAGE, age=timedelta(), **facts):
        """A customer writes; return the texts that the bot sends."""
        event = (by or self.mei).event(self.clock.now() - age, kind, text=text, **facts)
        sql = "SELECT id, text, trigger FROM message WHERE direction = 'out' ORDER BY seq"
        before = {row["id"] for row in await self.db.screens.fetch(sql)}
        async with self.db.transaction() as tx:
            handled = await receive(tx, [event], self.clock.now())
            await answer(tx, handled, CHANNELS, None, self.clock.now())
        rows = await self.db.screens.fetch(sql)
        return [row["text"] for row in rows if row["id"] not in before]


@pytest.fixture
async def house(db, clock, keyring):
    return await House(db, clock, await an_account(db, keyring, clock)).build()


async def test_nobody_is_told_while_somebody_is_there(house):
    assert await house.hears() == []
    await house.at("2026-05-04 17:59:59")
    assert await house.hears() == []


async def test_a_customer_is_told_once_a_closed_period(house):
    await house.at("2026-05-04 18:00")
    assert await house.hears() == [WORDS]
    assert await house.hears("still nobody?") == []
    assert await house.hears(by=Customer(house.account, "tom")) == [WORDS]
    await house.at("2026-05-05 12:00")
    assert await house.hears() == []
    await house.at("2026-05-05 20:00")
    assert await house.hears() == [WORDS]


async def test_what_the_bot_answers_needs_no_away_message(house):
    await house.at("2026-05-04 20:00")
    assert await house.hears("tea") == ["We sell tea"]
    assert await house.hears(message_type=MessageType.STICKER) == [WORDS]


@pytest.mark.parametrize("status", ["waiting", "in_progress", "snoozed"])
async def test_whoever_has_the_conversation_the_customer_is_told_that_nobody_is_there(
    house, status
):
    await house.hears()
    await house.db.screens.execute("UPDATE conversation SET status = $1", status)
    await house.at("2026-05-04 20:00")
    assert await house.hears() == [WORDS]


async def test_a_group_a_tap_and_words_read_much_later_are_not_answered_so(house):
    await house.at("2026-05-04 20:00")
    group = Customer(house.account, "tom", chat=Chat(type="group", id="C1"))
    assert await house.hears(by=group) == []
    assert await house.hears("", kind=Kind.POSTBACK, payload="menu") == []
    assert await house.hears(age=timedelta(hours=2)) == []
    assert await house.hears() == [WORDS]


@pytest.mark.parametrize("facts", [{"hours_on": False}, {"away_text": ""}])
async def test_without_hours_or_words_nothing_is_said(house, facts):
    await house.set(**facts)
    await house.at("2026-05-04 20:00")
    assert await house.hears() == []


async def test_the_words_go_by_the_free_reply_of_the_same_event(house):
    await house.at("2026-05-04 20:00")
    await house.hears(reply_token="free-1")
    talk = await house.db.screens.fetchrow("SELECT reply_token, status FROM conversation")
    assert tuple(talk) == ("free-1", "waiting")
    row = await house.db.screens.fetchrow("SELECT queue, human FROM outbox")
    assert tuple(row) == ("bot", False)


async def test_a_rivals_customers_hear_nothing_of_it(house, db, clock, keyring):
    theirs = await an_account(db, keyring, clock, "messenger")
    await house.at("2026-05-04 20:00")
    assert await house.hears(by=Customer(theirs, "spy")) == []
