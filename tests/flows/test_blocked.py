"""A blocked customer: what they write is kept and marked, and nothing comes of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from conversations.actions.block import Blocking, block, unblock
from conversations.actions.receive import left_over, receive
from conversations.channel import Chat
from flows.runner import answer
from runtime.ids import uuid7
from team.actions.add_member import NewMember, add_member
from tests.factories import CHANNELS, Customer, an_account

RULE = """
INSERT INTO flow_rule (id, workspace_id, position, kind, keywords, contains, text, refusal_texts, active)
VALUES ($1, $2, 0, 'keyword', '["hours"]'::jsonb, false, 'From nine to six', '{}'::jsonb, true)
"""


async def none_asked(_tx, requests, _now):
    assert not requests
    return []


class Scene:
    """Mei writes to the tea house, where a word is answered."""

    def __init__(self, db, clock, account):
        self.db, self.clock, self.account = db, clock, account
        self.mei = Customer(account)

    async def says(self, text, **facts):
        self.clock.advance(timedelta(seconds=1))
        async with self.db.transaction() as tx:
            said = self.mei.says(text, self.clock.now(), **facts)
            handled = await receive(tx, [said], self.clock.now())
            await answer(tx, handled, CHANNELS, none_asked, self.clock.now())
        return handled

    async def who(self, sue):
        contact = await self.db.screens.fetchval("SELECT id FROM contact")
        return Blocking(workspace_id=self.account.workspace_id, contact_id=contact, member_id=sue)

    async def chat(self):
        return await self.db.screens.fetchrow("SELECT * FROM conversation")

    async def sent(self):
        return await self.db.screens.fetchval("SELECT count(*) FROM outbox")


@pytest.fixture
async def scene(db, clock, keyring):
    account = await an_account(db, keyring, clock)
    await db.screens.execute(RULE, uuid7(), account.workspace_id)
    return Scene(db, clock, account)


@pytest.fixture
async def sue(db, clock, scene):
    house = scene.account.workspace_id
    facts = {"email": "sue@x.example", "role": "supervisor", "password": "correct horse battery"}
    new = NewMember(workspace_id=house, name="Sue", language="en", **facts)
    return await add_member(db, new, clock.now())


async def test_what_a_blocked_customer_says_is_kept_marked_and_troubles_nobody(db, scene, sue):
    await scene.says("I need a person")
    assert (await scene.chat())["status"] == "waiting"
    async with db.transaction() as tx:
        assert await block(tx, await scene.who(sue), scene.clock.now())
        assert not await block(tx, await scene.who(sue), scene.clock.now())
    [handled] = await scene.says("hours")
    await scene.says("answer me!")
    chat = await scene.chat()
    assert handled.blocked
    assert (chat["status"], chat["unread"], chat["waiting_since"], chat["shelf"]) == (
        "closed", 0, None, "blocked",
    )  # fmt: skip
    assert chat["last_text"] == "answer me!"
    rows = await db.screens.fetch(
        "SELECT text, state FROM message WHERE direction = 'in' ORDER BY seq"
    )
    assert [tuple(row) for row in rows] == [
        ("I need a person", ""), ("hours", "blocked"), ("answer me!", "blocked"),
    ]  # fmt: skip
    assert await scene.sent() == 0
    told = await db.screens.fetch("SELECT detail FROM feed WHERE kind = 'message' ORDER BY id")
    assert [row["detail"].get("blocked") for row in told][-2:] == [True, True]


async def test_unblocked_they_are_answered_again_and_both_acts_are_told(db, scene, sue):
    await scene.says("hello")
    async with db.transaction() as tx:
        await block(tx, await scene.who(sue), scene.clock.now())
    async with db.transaction() as tx:
        await unblock(tx, await scene.who(sue), scene.clock.now())
    await scene.says("hours")
    assert await scene.sent() == 1
    assert (await scene.chat())["shelf"] == ""
    trail = await db.screens.fetch(
        "SELECT content FROM message WHERE kind = 'activity' ORDER BY seq"
    )
    assert [row["content"]["act"] for row in trail] == ["blocked", "unblocked"]
    audit = await db.screens.fetch(
        "SELECT action, member_id FROM audit_entry WHERE subject = $1 ORDER BY id",
        str((await scene.who(sue)).contact_id),
    )
    assert [tuple(row) for row in audit] == [("contact.blocked", sue), ("contact.unblocked", sue)]


async def test_a_chat_begun_elsewhere_while_blocked_is_off_the_list_too(db, scene, sue, keyring):
    await scene.says("hello")
    page = await an_account(
        db, keyring, scene.clock, "messenger", workspace_id=scene.account.workspace_id
    )
    who = await scene.who(sue)
    await db.screens.execute(
        "INSERT INTO channel_identity (id, account_id, contact_id, external_id, created_at)"
        " VALUES ($1, $2, $3, 'mei-page', now())",
        uuid7(), page.id, who.contact_id,
    )  # fmt: skip
    async with db.transaction() as tx:
        await block(tx, who, scene.clock.now())
    scene.mei = Customer(page, "mei-page")
    [handled] = await scene.says("hours")
    assert handled.blocked
    shelves = await db.screens.fetch("SELECT DISTINCT shelf FROM conversation")
    assert [row["shelf"] for row in shelves] == ["blocked"]
    assert await scene.sent() == 0


async def test_an_event_that_waits_for_a_block_to_commit_is_not_answered(db, scene, sue):
    await scene.says("hello")
    who = await scene.who(sue)
    async with db.transaction() as tx:
        await block(tx, who, scene.clock.now())
        writing = asyncio.ensure_future(scene.says("hours"))
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        while not await db.sends.fetchval(waiting):
            pass
    [handled] = await writing
    assert handled.blocked
    assert await scene.sent() == 0


TEAM = Chat("group", "G1")


async def in_group(db):
    return await db.screens.fetchrow("SELECT * FROM conversation WHERE chat_type = 'group'")


async def test_in_a_group_only_the_blocked_are_muted(db, scene, sue):
    """The group stays on the list as its others left it; what the blocked one says stands in it, marked."""
    await scene.says("hello")
    who = await scene.who(sue)
    lee = Customer(scene.account, "lee")
    mei, scene.mei = scene.mei, lee
    await scene.says("shall we meet?", chat=TEAM)
    await scene.says("hours", chat=TEAM)
    before = await in_group(db)
    assert (before["unread"], before["last_text"], await scene.sent()) == (2, "From nine to six", 1)
    async with db.transaction() as tx:
        await block(tx, who, scene.clock.now())
    scene.mei = mei
    for words in ("hours", "buy my shoes"):
        [handled] = await scene.says(words, chat=TEAM)
        assert handled.blocked
    after = await in_group(db)
    same = ("status", "unread", "last_text", "last_at", "shelf", "waiting_since", "assignee_id")
    assert [after[name] for name in same] == [before[name] for name in same]
    rows = await db.screens.fetch(
        "SELECT text, state FROM message WHERE conversation_id = $1 AND direction = 'in' ORDER BY seq",
        after["id"],
    )
    assert [tuple(row) for row in rows][-2:] == [("hours", "blocked"), ("buy my shoes", "blocked")]
    told = await db.screens.fetch("SELECT detail FROM feed WHERE kind = 'message' ORDER BY id")
    assert [row["detail"].get("blocked") for row in told][-2:] == [True, True]
    scene.mei = lee
    [handled] = await scene.says("hours", chat=TEAM)
    assert not handled.blocked
    assert ((await in_group(db))["unread"], await scene.sent()) == (3, 2)


async def test_who_writes_in_a_group_beside_a_blocked_one_at_once_is_heard(db, scene, sue):
    await scene.says("hello")
    async with db.transaction() as tx:
        await block(tx, await scene.who(sue), scene.clock.now())
    lee, now = Customer(scene.account, "lee"), scene.clock.now()
    wave = [lee.says("hi all", now, chat=TEAM), scene.mei.says("hours", now, chat=TEAM)]
    async with db.transaction() as tx:
        [first] = await receive(tx, wave, now)
        [second] = await receive(tx, left_over(wave, [first]), now)
    assert (first.blocked, second.blocked) == (False, True)
    assert ((await in_group(db))["unread"], (await in_group(db))["last_text"]) == (1, "hi all")


async def test_unblocked_they_are_heard_in_the_group_again(db, scene, sue):
    await scene.says("hello")
    who = await scene.who(sue)
    for act, unread in ((block, 0), (unblock, 1)):
        async with db.transaction() as tx:
            await act(tx, who, scene.clock.now())
        await scene.says("hours", chat=TEAM)
        assert (await in_group(db))["unread"] == unread
