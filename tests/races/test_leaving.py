"""Somebody is given a conversation while they are shut out: it never stays with who is gone."""

from __future__ import annotations

import asyncio

import pytest

from conversations.actions.assign import Assignment, assign
from conversations.actions.leave import deactivate_member
from runtime.errors import Invalid
from team.actions.add_member import NewMember, add_member
from tests.agent_console.chats import add_chat
from tests.factories import an_account
from tests.waiting import waiting


class House:
    """A chat of nobody's, an admin and Sue."""

    def __init__(self, db, clock):
        self.db, self.clock = db, clock

    async def build(self, keyring):
        account = await an_account(self.db, keyring, self.clock)
        self.id = account.workspace_id
        self.chat = await add_chat(self.db, "Mei", self.clock.now(), account=account)
        self.ann = await self.member("ann", "admin")
        self.sue = await self.member("sue", "service_agent")
        return self

    async def member(self, name, role):
        facts = {"email": f"{name}@tea.example", "role": role, "password": "long enough now"}
        new = NewMember(workspace_id=self.id, name=name, **facts)
        return await add_member(self.db, new, self.clock.now())

    async def give(self, tx):
        new = Assignment(
            workspace_id=self.id, conversation_id=self.chat.id, by=self.ann, to=self.sue
        )
        await assign(tx, new, self.clock.now())

    async def leave(self, tx):
        await deactivate_member(tx, self.id, self.sue, self.clock.now(), by=self.ann)

    async def later(self, act):
        async with self.db.transaction() as tx:
            await act(tx)

    async def state(self):
        row = await self.db.screens.fetchrow("SELECT status, assignee_id FROM conversation")
        return tuple(row)


@pytest.fixture
async def house(db, clock, keyring):
    return await House(db, clock).build(keyring)


async def test_what_is_being_given_when_somebody_leaves_is_handed_back(db, house):
    async with db.transaction() as tx:
        await house.give(tx)
        leaving = asyncio.ensure_future(house.later(house.leave))
        await waiting(db.screens, 1)
    await leaving
    assert await house.state() == ("waiting", None)


async def test_who_is_leaving_is_given_nothing_more(db, house):
    async with db.transaction() as tx:
        await house.leave(tx)
        giving = asyncio.ensure_future(house.later(house.give))
        await waiting(db.screens, 1)
    with pytest.raises(Invalid, match="not on the team"):
        await giving
    assert await house.state() == ("bot", None)
