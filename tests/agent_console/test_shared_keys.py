"""Shared keys of a Twilio account: added on its page, kept encrypted, never shown again, removed."""

from __future__ import annotations

import pytest

from conversations.accounts import find_account

SECRET = "a-secret-nobody-may-read"


@pytest.fixture
async def ann(site):
    await site.member("Ann", "admin")
    site.shop = await site.account("whatsapp", "shop")
    return await site.browser("ann@tea.example")


def path(account):
    return f"/console/accounts/{account.id}"


async def keys(site):
    return dict(
        (await find_account(site.db.screens, site.keyring, site.house, site.shop.id)).shared_keys
    )


async def add(site, browser, key, secret=SECRET):
    return await browser.post(path(site.shop) + "/shared-keys", key_id=key, key_secret=secret)


async def test_a_key_is_kept_encrypted_and_only_its_id_is_shown(site, ann):
    assert (await add(site, ann, "till.1")).status == 303
    assert await keys(site) == {"till.1": SECRET}
    page = await ann.text(path(site.shop))
    assert "till.1" in page
    assert SECRET not in page
    stored = await site.db.screens.fetchval(
        "SELECT credentials FROM channel_account WHERE id = $1", site.shop.id
    )
    assert SECRET.encode() not in stored


async def test_the_log_names_who_did_it_and_the_key_but_no_secret(site, ann):
    await add(site, ann, "till.1")
    await add(site, ann, "till.1", "another secret")
    await ann.post(path(site.shop) + "/shared-keys/remove", key_id="till.1")
    rows = await site.db.screens.fetch(
        "SELECT e.action, e.subject, e.detail, m.name FROM audit_entry e JOIN member m ON m.id = e.member_id"
        " WHERE e.action LIKE 'account.shared%' ORDER BY e.id"
    )
    assert [tuple(row) for row in rows] == [
        ("account.shared_key_added", "whatsapp/shop", {"key": "till.1"}, "Ann"),
        ("account.shared_key_replaced", "whatsapp/shop", {"key": "till.1"}, "Ann"),
        ("account.shared_key_removed", "whatsapp/shop", {"key": "till.1"}, "Ann"),
    ]
    log = await ann.words("/console/settings/audit")
    assert "Ann added a shared key to the channel account whatsapp/shop" in log
    assert "Ann replaced a shared key of the channel account whatsapp/shop" in log


async def test_a_key_does_not_say_that_the_account_works(site, ann):
    """It is no proof that the token is good: what must be reconnected still must be."""
    await site.db.screens.execute("UPDATE channel_account SET state = 'reconnect'")
    await add(site, ann, "till.1")
    states = await site.db.screens.fetch("SELECT DISTINCT state FROM channel_account")
    assert [row["state"] for row in states] == ["reconnect"]


async def test_an_id_that_is_there_gets_the_new_secret_and_the_others_stay(site, ann):
    for key, secret in (("one", SECRET), ("two", SECRET), ("one", "another secret")):
        await add(site, ann, key, secret)
    assert await keys(site) == {"one": "another secret", "two": SECRET}
    assert (await find_account(site.db.screens, site.keyring, site.house, site.shop.id)).secret


@pytest.mark.parametrize(
    ("key", "secret", "told"),
    [
        ("", SECRET, "letters, digits"),
        ("a,b", SECRET, "letters, digits"),
        ("a=b", SECRET, "letters, digits"),
        ("a" * 65, SECRET, "letters, digits"),
        ("a", "", "400 characters at most"),
        ("a", SECRET * 20, "400 characters at most"),
        ("a", SECRET + "\n" + SECRET, "400 characters at most"),
    ],
)
async def test_what_cannot_work_is_refused_in_words_and_not_shown_again(
    site, ann, key, secret, told
):
    answer = await add(site, ann, key, secret)
    page = await answer.text()
    assert (answer.status, await keys(site)) == (422, {})
    assert told in page
    assert SECRET not in page


async def test_no_more_than_ten(site, ann):
    for n in range(10):
        await add(site, ann, f"key{n}")
    answer = await add(site, ann, "one-more")
    assert "There are 10 shared keys already" in await answer.text()
    assert (await add(site, ann, "key3", "renewed")).status == 303
    assert len(await keys(site)) == 10


async def test_a_removed_key_is_gone_and_a_channel_without_them_has_no_form(site, ann):
    await add(site, ann, "till.1")
    remove = "/shared-keys/remove"
    assert (await ann.post(path(site.shop) + remove, key_id="till.1")).status == 303
    assert await keys(site) == {}
    assert (await ann.post(path(site.shop) + remove, key_id="till.1")).status == 404
    assert "shared-keys" not in await ann.text(path(site.line))
    answer = await ann.post(path(site.line) + "/shared-keys", key_id="a", key_secret=SECRET)
    assert answer.status == 404
