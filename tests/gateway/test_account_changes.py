"""What the webhook makes of an account that was removed, heard for the first time, or given a new secret."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from conversations.actions.change_account import OVERLAP, Changes, change_account
from conversations.actions.remove_account import Removal, remove_account
from tests.channels.harness import CHANNELS, samples

every_channel = pytest.mark.parametrize("name", CHANNELS)


async def answer(gate, account, words, **options):
    status, _, _ = await gate.post(account, samples(account.channel).text_body(words), **options)
    return status


@every_channel
async def test_the_secret_before_is_taken_until_the_overlap_ends(gate, name):
    before = await gate.account(name)
    changes = Changes(secret="a secret that came later")
    after = await change_account(gate.db, gate.keyring, name, "demo", changes, gate.clock)
    assert [await answer(gate, before, "a"), await answer(gate, after, "b")] == [200, 200]
    gate.clock.advance(OVERLAP - timedelta(seconds=1))
    assert await answer(gate, before, "c") == 200
    gate.clock.advance(timedelta(seconds=1))
    assert [await answer(gate, before, "d"), await answer(gate, after, "e")] == [401, 200]
    assert len(await gate.stored()) == 1


async def test_a_leaked_secret_is_refused_at_once(gate):
    before = await gate.account("line")
    changes = Changes(secret="new", keep_old=False)
    await change_account(gate.db, gate.keyring, "line", "demo", changes, gate.clock)
    assert await answer(gate, before, "a", signer=before) == 401


@every_channel
async def test_a_removed_accounts_address_answers_404(gate, name):
    account = await gate.account(name)
    assert await answer(gate, account, "a") == 200
    removal = Removal(workspace_id=account.workspace_id, account_id=account.id, typed_name="demo")
    async with gate.db.transaction() as tx:
        await remove_account(tx, gate.keyring, removal, gate.clock.now())
    await gate.book.refresh()
    assert await answer(gate, account, "b") == 404
    assert len(await gate.stored()) == 1


async def test_a_platforms_test_of_the_address_tells_the_screens_that_it_was_heard(gate):
    account = await gate.account("line")
    body = json.dumps({"destination": account.external_id, "events": []}).encode()
    assert (await gate.post(account, body))[0] == 200
    await gate.sightings.flush(gate.db.screens)
    row = await gate.db.screens.fetchrow("SELECT kind, subject, detail FROM feed")
    assert (row["kind"], row["subject"], row["detail"]) == ("account", account.id, {"heard": True})
    assert await gate.db.screens.fetchval("SELECT webhook_at FROM channel_account") is not None
    assert await gate.stored() == []
