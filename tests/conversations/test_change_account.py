"""Renewing an account's credentials."""

from __future__ import annotations

import pytest

from conversations.accounts import all_accounts
from conversations.actions.account_state import needs_reconnect
from conversations.actions.change_account import Changes, change_account
from runtime.errors import Invalid, NotFound
from runtime.keys import BadKey, Keyring
from tests.factories import an_account


async def test_a_new_token_lets_a_refused_account_send_again(db, keyring, clock):
    old = await an_account(db, keyring, clock, verify_token="word", shared_keys={"k": "v"})
    async with db.transaction() as tx:
        await needs_reconnect(tx, old.id, "refused", clock.now())
    new = await change_account(db, keyring, "line", "demo", Changes(token="new"), clock)
    [stored] = await all_accounts(db.screens, keyring)
    assert stored == new
    assert (stored.token, stored.secret, stored.verify_token) == ("new", old.secret, "word")
    assert (stored.shared_keys, stored.address) == ({"k": "v"}, old.address)
    assert await db.screens.fetchval("SELECT state || state_reason FROM channel_account") == "ok"


async def test_what_cannot_work_changes_nothing(db, keyring, clock):
    old = await an_account(db, keyring, clock)
    for wrong in (Changes(secret=""), Changes(token=" "), Changes(api_base="nowhere")):
        with pytest.raises(Invalid):
            await change_account(db, keyring, "line", "demo", wrong, clock)
    with pytest.raises(NotFound, match="line/other"):
        await change_account(db, keyring, "line", "other", Changes(token="new"), clock)
    assert await all_accounts(db.screens, keyring) == [old]


async def test_a_change_of_nothing_moves_the_credentials_to_the_present_key(db, clock):
    before, after = "the key of last year and long enough", "k" * 40
    await an_account(db, Keyring(before), clock)
    both = Keyring(f"{after},{before}")
    await change_account(db, both, "line", "demo", Changes(), clock)
    assert await all_accounts(db.screens, Keyring(after))
    with pytest.raises(BadKey):
        await all_accounts(db.screens, Keyring(before))
