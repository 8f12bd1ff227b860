"""The inbox's reads: keyset pages without gaps or repeats, and nobody else's rows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.inbox_list import ListFilter, inbox_page
from conversations.queries import conversation_head, thread_page
from runtime.errors import NotFound
from runtime.ids import uuid7
from tests.agent_console.chats import add_chat, say
from tests.factories import an_account


@pytest.fixture
async def account(db, keyring, clock):
    return await an_account(db, keyring, clock)


def mine(account, **facts):
    return ListFilter(workspace_id=account.workspace_id, member_id=uuid7(), **facts)


async def test_pages_join_without_gap_or_repeat_even_at_one_instant(db, clock, account):
    for n in range(25):
        await add_chat(db, f"c{n}", clock.now(), account=account, ago=timedelta(seconds=n // 10))
    seen, after = [], None
    while True:
        page = await inbox_page(db, mine(account, limit=10, after=after))
        seen += [row.id for row in page.rows]
        after = page.after
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 25
    everything = await inbox_page(db, mine(account, limit=100))
    assert [row.id for row in everything.rows] == seen


async def test_an_exactly_full_page_is_the_last(db, clock, account):
    for n in range(3):
        await add_chat(db, f"c{n}", clock.now(), account=account)
    assert (await inbox_page(db, mine(account, limit=3))).after is None


async def test_filters_by_status_and_by_being_nobodys(db, clock, account):
    await add_chat(db, "waits", clock.now(), account=account, status="waiting")
    await add_chat(db, "closed", clock.now(), account=account, status="closed")

    async def names(**facts):
        return sorted(row.name for row in (await inbox_page(db, mine(account, **facts))).rows)

    assert await names(status="waiting") == ["waits"]
    assert await names(view="unassigned") == ["waits"]
    assert await names(view="mine") == []
    assert await names() == ["closed", "waits"]


async def test_a_thread_is_ordered_by_the_platforms_time(db, clock, account):
    chat = await add_chat(db, "Mei", clock.now(), account=account, said="")
    await say(chat, "third", later=timedelta(seconds=3))
    await say(chat, "first", later=timedelta(seconds=1))
    await say(chat, "second", later=timedelta(seconds=2))
    page = await thread_page(db, chat.id)
    assert [row.text for row in page.rows] == ["first", "second", "third"]
    newest = await thread_page(db, chat.id, limit=2)
    assert [row.text for row in newest.rows] == ["second", "third"]
    older = await thread_page(db, chat.id, newest.before, 2)
    assert ([row.text for row in older.rows], older.before) == (["first"], None)


async def test_another_workspace_sees_nothing(db, clock, account):
    chat = await add_chat(db, "Mei", clock.now(), account=account)
    with pytest.raises(NotFound):
        await conversation_head(db, uuid7(), chat.id)
    nobody = ListFilter(workspace_id=uuid7(), member_id=uuid7())
    assert (await inbox_page(db, nobody)).rows == []
