"""Two people and a bot at one conversation at once: one owner, and nobody hangs."""

from __future__ import annotations

import asyncio

import pytest

from channels.registry import load
from conversations.actions.post import NewMessage, post
from conversations.actions.reply import Answer, reply
from conversations.actions.take_over import take_over
from conversations.content import Text
from team.actions.add_member import NewMember, add_member
from tests.agent_console.chats import add_chat
from tests.factories import an_account


@pytest.fixture
async def chat(db, keyring, clock):
    account = await an_account(db, keyring, clock)
    return await add_chat(db, "Mei", clock.now(), account=account)


async def member(db, clock, chat, name):
    facts = {"email": f"{name}@tea.example", "role": "service_agent", "password": "long enough now"}
    new = NewMember(workspace_id=chat.account.workspace_id, name=name, **facts)
    return await add_member(db, new, clock.now())


async def test_one_form_posted_by_many_hands_at_once_is_one_message(db, clock, chat):
    sue = await member(db, clock, chat, "sue")
    answer = Answer(
        workspace_id=chat.account.workspace_id,
        conversation_id=chat.id,
        member_id=sue,
        member_name="Sue",
        form_id="form-0001",
        text="Hello",
    )

    async def send():
        async with db.transaction() as tx:
            return await reply(tx, answer, load(), clock.now())

    assert len(set(await asyncio.gather(*(send() for _ in range(6))))) == 1
    assert await db.screens.fetchval("SELECT count(*) FROM outbox") == 1


async def test_a_bot_that_speaks_while_people_take_over_leaves_one_owner_and_no_bot_row(
    db, clock, chat
):
    people = [await member(db, clock, chat, name) for name in ("sue", "ken")]

    async def bot():
        async with db.transaction() as tx:
            row = NewMessage(conversation_id=chat.id, content=Text("bot says"))
            await post(tx, [row], load(), clock.now())

    async def take(person):
        async with db.transaction() as tx:
            await take_over(tx, chat.account.workspace_id, chat.id, person, clock.now())

    async with asyncio.timeout(60):
        await asyncio.gather(*(bot() for _ in range(3)), *(take(person) for person in people))
        await take(people[0])
    owner = await db.screens.fetchval("SELECT assignee_id FROM conversation")
    assert owner == people[0]
    assert await db.screens.fetchval("SELECT count(*) FROM outbox") == 0
    states = await db.screens.fetch(
        "SELECT DISTINCT state, error_code FROM message WHERE direction = 'out'"
    )
    assert [tuple(row) for row in states] == [("failed", "taken_over")]
