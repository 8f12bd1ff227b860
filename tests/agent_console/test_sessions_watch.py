"""The sessions of open streams are asked for together, and none is taken for ended that was not asked for."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from agent_console.sessions_watch import CHECK_S, SessionsWatch
from runtime.ids import uuid7


@pytest.fixture
def watch():
    return SessionsWatch()


@pytest.fixture
def table():
    """What the database would say, and what it was asked."""
    return {}, []


@pytest.fixture
def ask(table):
    roles, asked = table

    async def ask(sessions):
        asked.append(sessions)
        return {one: roles[one] for one in sessions if one in roles}

    return ask


async def test_many_streams_ask_once(watch, table, ask):
    roles, asked = table
    sessions = [uuid7() for _ in range(20)]
    roles.update(dict.fromkeys(sessions, "admin"))
    with ExitStack() as stack:
        for one in sessions:
            stack.enter_context(watch.watching(one))
        found = await asyncio.gather(*(watch.role(one, ask) for one in sessions * 2))
        assert set(found) == {"admin"}
        assert asked == [frozenset(sessions)]


async def test_a_session_that_is_over_has_no_role(watch, ask):
    session = uuid7()
    with watch.watching(session):
        assert await watch.role(session, ask) is None


async def test_a_stream_that_opens_while_others_are_asked_for_is_asked_for_itself(watch, table):
    """Its session is not in the first answer, which must not end it."""
    roles, asked = table
    early, late = uuid7(), uuid7()
    roles.update({early: "seller", late: "admin"})
    answer, reached = asyncio.Event(), asyncio.Event()

    async def slowly(sessions):
        asked.append(sessions)
        reached.set()
        await answer.wait()
        return {one: roles[one] for one in sessions}

    with watch.watching(early):
        first = asyncio.ensure_future(watch.role(early, slowly))
        await reached.wait()
        with watch.watching(late):
            second = asyncio.ensure_future(watch.role(late, slowly))
            answer.set()
            assert (await first, await second) == ("seller", "admin")
    assert asked == [frozenset([early]), frozenset([early, late])]


async def test_what_is_known_is_believed_for_a_while_only(table, ask):
    roles, asked = table
    now = [100.0]
    watch = SessionsWatch(lambda: now[0])
    session = uuid7()
    roles[session] = "admin"
    with watch.watching(session):
        assert await watch.role(session, ask) == "admin"
        del roles[session]
        assert await watch.role(session, ask) == "admin"
        assert len(asked) == 1
        now[0] += CHECK_S + 0.1
        assert await watch.role(session, ask) is None
        assert len(asked) == 2


async def test_who_cannot_be_asked_for_tells_every_stream(watch):
    session = uuid7()

    async def away(_sessions):
        raise OSError("the database is away")

    with watch.watching(session):
        for found in await asyncio.gather(
            *(watch.role(session, away) for _ in range(3)), return_exceptions=True
        ):
            assert isinstance(found, OSError)
