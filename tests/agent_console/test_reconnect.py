"""New credentials for an account that was refused: tried first, kept only when the platform accepts them."""

from __future__ import annotations

import pytest

from conversations.accounts import all_accounts
from conversations.actions.account_state import needs_reconnect
from conversations.actions.change_account import Changes, change_account
from tests.doubles.platform import Answer, Platform

INFO = "/v2/bot/info"
BOT = {"userId": "U" + "a" * 32, "basicId": "@tea", "displayName": "Tea", "chatMode": "bot",
       "markAsReadMode": "manual"}  # fmt: skip


@pytest.fixture
async def platform():
    stub = Platform()
    await stub.start()
    yield stub
    await stub.stop()


@pytest.fixture
async def ann(site, platform):
    await site.member("Ann", "admin")
    changes = Changes(api_base=platform.base)
    await change_account(site.db, site.keyring, "line", "tea", changes, site.clock)
    async with site.db.transaction() as tx:
        await needs_reconnect(tx, site.line.id, "The token has expired", site.clock.now())
    return await site.browser("ann@tea.example")


async def stored(site):
    [account] = await all_accounts(site.db.screens, site.keyring)
    return account


async def state(site):
    return await site.db.screens.fetchval("SELECT state FROM channel_account")


def form(site):
    return f"/console/accounts/{site.line.id}/reconnect"


async def test_a_new_token_that_the_platform_accepts_lets_the_account_send_again(
    site, ann, platform
):
    platform.known[INFO] = Answer(200, BOT)
    page = await ann.text(f"/console/accounts/{site.line.id}")
    assert f'action="{form(site)}"' in page
    assert "Test and reconnect" in page
    answer = await ann.post(form(site), token="a new token", secret="")
    assert answer.status == 303
    account = await stored(site)
    assert (account.token, account.secret) == ("a new token", "s" * 32)
    assert (account.external_id, account.address) == (BOT["userId"], "@tea")
    assert await state(site) == "ok"
    words = await ann.words(answer.headers["Location"])
    assert "Connected. What waited for this account is on its way." in words


async def test_the_audit_log_names_who_changed_what_but_not_to_what(site, ann, platform):
    platform.known[INFO] = Answer(200, BOT)
    await ann.post(form(site), token="a new token", secret="")
    row = await site.db.screens.fetchrow(
        "SELECT m.name, a.subject, a.detail::text AS detail FROM audit_entry a JOIN member m ON m.id = a.member_id"
        " WHERE action = 'account.changed'"
    )
    assert (row["name"], row["subject"]) == ("Ann", "line/tea")
    assert "token" in row["detail"]
    assert "a new token" not in row["detail"]


async def test_credentials_the_platform_refuses_change_nothing_and_are_not_shown_again(
    site, ann, platform
):
    before = await stored(site)
    platform.known[INFO] = Answer(401, {"message": "Authentication failed"})
    answer = await ann.post(form(site), token="a wrong token", secret="wrong")
    page = await answer.text()
    assert answer.status == 422
    assert "Nothing was changed." in page
    assert "a wrong token" not in page
    assert (await stored(site), await state(site)) == (before, "reconnect")


async def test_another_accounts_credentials_are_not_taken(site, ann, platform):
    changes = Changes(external_id="U" + "b" * 32)
    await change_account(site.db, site.keyring, "line", "tea", changes, site.clock)
    platform.known[INFO] = Answer(200, BOT)
    answer = await ann.post(form(site), token="theirs", secret="")
    assert answer.status == 422
    assert (await stored(site)).token == "t" * 32


async def test_a_rivals_account_cannot_be_reached_and_too_much_is_refused(site, ann, platform):
    theirs = await site.account("line", "theirs", site.rival)
    assert (await ann.post(f"/console/accounts/{theirs.id}/reconnect", token="x")).status == 404
    answer = await ann.post(form(site), token="x" * 2001)
    assert answer.status == 422
    assert "too long" in await answer.text()
    assert platform.taken == []
