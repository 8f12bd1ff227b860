"""The account book: in step with its table, whoever changed it."""

from __future__ import annotations

import asyncio

from runtime.tasks import Supervisor


async def test_it_knows_accounts_by_name_and_by_platform_id(gate):
    account = await gate.account("line")
    await gate.book.refresh()
    assert gate.book.named("line", "demo") == account
    assert gate.book.addressed("line", account.external_id) == (account,)
    assert gate.book.named("messenger", "demo") is None
    assert gate.book.addressed("messenger", account.external_id) == ()
    assert list(gate.book.all()) == [account]


async def test_an_account_without_platform_id_is_found_by_name_only(gate):
    await gate.account("line", external_id="")
    await gate.book.refresh()
    assert gate.book.named("line", "demo")
    assert gate.book.addressed("line", "") == ()


async def test_a_change_is_followed_without_being_asked_for(gate, monkeypatch):
    monkeypatch.setattr("gateway.accounts.POLL_S", 0.01)
    supervisor = Supervisor()
    await gate.book.start(supervisor)
    assert gate.book.named("line", "demo") is None
    await gate.account("line")
    async with asyncio.timeout(60):
        while gate.book.named("line", "demo") is None:
            await supervisor.pause(0.01)
    await gate.db.screens.execute("DELETE FROM channel_account")
    async with asyncio.timeout(60):
        while gate.book.named("line", "demo") is not None:
            await supervisor.pause(0.01)
    await supervisor.stop(1)


async def test_a_new_health_state_is_no_new_version(gate):
    await gate.account("line")
    await gate.book.refresh()
    before = gate.book.named("line", "demo")
    await gate.db.screens.execute("UPDATE channel_account SET state = 'degraded'")
    await gate.book.refresh()
    assert gate.book.named("line", "demo") is before


async def test_questions_that_come_together_are_asked_once(gate):
    await asyncio.gather(*(gate.book.ask_again() for _ in range(5)))
    first = gate.book._asked_at
    await gate.book.ask_again()
    assert gate.book._asked_at == first
