"""API tokens in the settings: a secret shown once, only what was ticked, over at its day, revoked at once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from runtime.ids import token_hash
from team.tokens import bearer

PATH = "/console/settings/tokens"
XSS = "<script>alert(1)</script>"


async def make(ann, **fields):
    """Make a token and return its secret."""
    answer = await ann.post(PATH, **{"name": "Till 1", "scope": "redemptions:write"} | fields)
    assert answer.status == 200
    [secret] = re.findall(r'value="(tsr_[^"]+)"', await answer.text())
    return secret


async def who(site, secret):
    return await bearer(site.db.screens, secret, site.clock.now())


async def a_store(site, ann, name="Xinyi"):
    assert (await ann.post("/console/settings/stores", name=name)).status == 303
    return await site.db.screens.fetchval("SELECT id FROM store WHERE name = $1", name)


async def test_a_token_is_shown_once_and_only_its_hash_is_kept(site, ann):
    secret = await make(ann)
    found = await who(site, secret)
    assert found is not None
    assert (found.name, found.scopes) == ("Till 1", frozenset({"redemptions:write"}))
    assert secret not in await ann.text(PATH)
    row = await site.db.screens.fetchrow("SELECT token_hash, row_to_json(t)::text FROM api_token t")
    assert row[0] == token_hash(secret)
    assert secret not in row[1]
    written = await site.db.screens.fetchval("SELECT json_agg(a)::text FROM audit_entry a")
    assert secret not in written
    assert "token.added" in written


async def test_the_list_tells_when_each_was_last_used(site, ann):
    secret = await make(ann)
    assert "never" in await ann.words(PATH)
    await who(site, secret)
    assert "never" not in await ann.words(PATH)


async def test_a_revoked_token_opens_nothing_from_that_moment(site, ann):
    secret = await make(ann)
    key = await site.db.screens.fetchval("SELECT id FROM api_token")
    assert (await ann.post(f"{PATH}/{key}/revoke")).status == 303
    assert await who(site, secret) is None
    assert (await ann.post(f"{PATH}/{key}/revoke")).status == 404
    words = await ann.words(PATH)
    assert "No token yet" in words
    assert "No longer good" in words
    assert "revoked" in words


async def test_a_token_with_a_day_works_to_the_end_of_it_in_the_workspaces_zone(site, ann):
    secret = await make(ann, until="2026-05-06")
    assert "good until" in await ann.words(PATH)
    site.clock.advance(timedelta(days=2, hours=10, minutes=59))  # 23:59 in Taipei
    assert await who(site, secret) is not None
    site.clock.advance(timedelta(minutes=1))
    assert await who(site, secret) is None
    assert "over" in await ann.words(PATH)


async def test_a_token_of_a_store_is_bound_to_it(site, ann):
    store = await a_store(site, ann)
    found = await who(site, await make(ann, store=str(store)))
    assert (found.store_id, found.store_name) == (store, "Xinyi")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": " "}, "Name the till"),
        ({"scope": ""}, "Choose at least one thing"),
        ({"scope": "everything"}, "Choose at least one thing"),
        ({"until": "2026-05-03"}, "Choose a day after today"),
        ({"until": "2999-01-01"}, "Choose a day after today"),
        ({"until": "soon"}, "Choose a day after today"),
        ({"store": "nonsense"}, "There is no such store"),
        ({"store": "01a20672-29ed-748d-89d2-47672c8ec582"}, "There is no such store"),
    ],
)
async def test_what_cannot_be_is_told_and_what_was_typed_stays(site, ann, typed, words):
    fields = {"name": "Kept", "scope": "claims:write"} | typed
    answer = await ann.post(PATH, **fields)
    page = await answer.text()
    assert (answer.status, words in page) == (422, True)
    assert fields["name"].strip() in page
    assert await site.db.screens.fetchval("SELECT count(*) FROM api_token") == 0


async def test_a_name_is_taken_once_and_is_only_words(ann):
    await make(ann, name=XSS[:60])
    answer = await ann.post(PATH, name=XSS[:60], scope="claims:write")
    page = await answer.text()
    assert (answer.status, "a token of this name already" in page) == (422, True)
    assert XSS not in page
    assert "&lt;script&gt;" in page


async def test_another_workspaces_tokens_and_stores_are_not_there(site, ann):
    await make(ann, name="Till of the tea house")
    key = await site.db.screens.fetchval("SELECT id FROM api_token")
    store = await a_store(site, ann)
    await site.member("Eve", "admin", site.rival)
    eve = await site.browser("eve@rival.example")
    assert "tea house" not in await eve.words(PATH)
    assert (await eve.post(f"{PATH}/{key}/revoke")).status == 404
    answer = await eve.post(PATH, name="Mine", scope="claims:write", store=str(store))
    assert answer.status == 422
    assert await site.db.screens.fetchval("SELECT count(*) FROM api_token") == 1
