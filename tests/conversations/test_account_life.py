"""An account is paused, resumed and removed; its secret changes without a lost webhook."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.accounts import all_accounts, find_account
from conversations.actions.add_account import NewAccount, add_account
from conversations.actions.change_account import OVERLAP, Changes, change_account
from conversations.actions.pause_account import pause_account, resume_account
from conversations.actions.remove_account import Removal, remove_account
from runtime.errors import Invalid, NotFound
from tests.factories import a_workspace, an_account


@pytest.fixture
async def line(db, keyring, clock):
    return await an_account(db, keyring, clock)


async def remove(db, keyring, clock, line, typed="demo", workspace=None):
    removal = Removal(
        workspace_id=workspace or line.workspace_id, account_id=line.id, typed_name=typed
    )
    async with db.transaction() as tx:
        await remove_account(tx, keyring, removal, clock.now())


async def told(db):
    rows = await db.screens.fetch("SELECT action FROM audit_entry ORDER BY id")
    return [row["action"] for row in rows]


async def test_pausing_twice_keeps_the_first_instant_and_resuming_ends_it(db, clock, line):
    paused = "SELECT paused_at FROM channel_account"
    start = clock.now()
    for _ in range(2):
        async with db.transaction() as tx:
            await pause_account(tx, line.workspace_id, line.id, clock.now())
        clock.advance(timedelta(minutes=1))
    assert await db.screens.fetchval(paused) == start
    async with db.transaction() as tx:
        await resume_account(tx, line.workspace_id, line.id, clock.now())
    assert await db.screens.fetchval(paused) is None
    assert await told(db) == ["account.added", *["account.paused"] * 2, "account.resumed"]


async def test_a_removed_account_is_nowhere_its_credentials_are_gone_and_its_name_is_free(
    db, keyring, clock, line
):
    with pytest.raises(Invalid):
        await remove(db, keyring, clock, line, typed="other")
    await remove(db, keyring, clock, line, typed=" demo ")
    assert await all_accounts(db.screens, keyring) == []
    with pytest.raises(NotFound):
        await find_account(db.screens, keyring, line.workspace_id, line.id)
    stored = await db.screens.fetchval("SELECT credentials FROM channel_account")
    assert keyring.decrypt(stored) == b"{}"
    await an_account(db, keyring, clock, workspace_id=line.workspace_id)
    with pytest.raises(NotFound):
        await remove(db, keyring, clock, line)


async def test_another_workspaces_account_is_not_there(db, keyring, clock, line):
    rival = await a_workspace(db, clock, "Rival")
    with pytest.raises(NotFound):
        await remove(db, keyring, clock, line, workspace=rival)
    for act in (pause_account, resume_account):
        with pytest.raises(NotFound):
            async with db.transaction() as tx:
                await act(tx, rival, line.id, clock.now())


async def test_a_name_in_use_is_refused_and_nothing_is_kept(db, keyring, clock, line):
    new = NewAccount(
        workspace_id=line.workspace_id, channel="line", name="demo", secret="s", token="t"
    )
    with pytest.raises(Invalid):
        await add_account(db, keyring, new, clock.now())
    assert await told(db) == ["account.added"]


async def test_a_new_secret_lets_the_old_one_verify_for_a_day(db, keyring, clock, line):
    changes = Changes(secret="new secret")
    account = await change_account(db, keyring, "line", "demo", changes, clock)
    assert (account.secret, account.previous_secret) == ("new secret", line.secret)
    assert account.previous_until == clock.now() + OVERLAP
    [stored] = await all_accounts(db.screens, keyring)
    assert stored == account
    same = await change_account(db, keyring, "line", "demo", Changes(token="t2"), clock)
    assert same.previous_secret == line.secret


async def test_a_leaked_secret_is_refused_at_once(db, keyring, clock, line):
    changes = Changes(secret="new secret", keep_old=False)
    account = await change_account(db, keyring, "line", "demo", changes, clock)
    assert (account.previous_secret, account.previous_until) == ("", None)
