"""Webhooks out as an admin sees them: added with a secret shown once, tested, watched, sent again."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from runtime.ids import uuid7
from team.webhooks.queue import Patience, Tried, lease, settle

PATH = "/console/settings/webhooks"
URL = "https://example.com/hooks"
XSS = "<script>alert(1)</script>"


async def value(site, query, *values):
    return await site.db.screens.fetchval(query, *values)


async def add(ann, name="Till", url=URL, kind="claim.redeemed"):
    answer = await ann.post(PATH, name=name, url=url, kind=kind)
    return answer.status, await answer.text()


async def hook_of(site, ann, **facts):
    assert (await add(ann, **facts))[0] == 200
    return await value(site, "SELECT id FROM webhook ORDER BY created_at DESC, id DESC LIMIT 1")


async def answer_all(site, count=1, **facts):
    """Let the address answer `count` tries."""
    for _ in range(count):
        async with site.db.transaction() as tx:
            [due] = await lease(tx, site.clock.now(), 1, timedelta(minutes=1))
            tried = Tried(at=site.clock.now(), duration_ms=12, **facts)
            again = site.clock.now() + timedelta(hours=1)
            await settle(tx, due, tried, again, Patience())
        site.clock.advance(timedelta(hours=1))


async def test_an_address_is_added_and_its_secret_shown_this_once(site, ann):
    status, page = await add(ann)
    assert status == 200
    [secret] = re.findall(r'value="(whsec_[^"]+)"', page)
    assert "not shown again" in page
    key = await value(site, "SELECT id FROM webhook")
    for address in (PATH, f"{PATH}/{key}", f"{PATH}/{key}/log"):
        assert secret not in await ann.text(address)
    assert "1 kind of event" in await ann.words(PATH)
    answer = await ann.post(f"{PATH}/{key}/secret")
    page = await answer.text()
    [fresh] = re.findall(r'value="(whsec_[^"]+)"', page)
    assert fresh != secret
    assert "the old one signs as well" in page
    assert "The old secret also signs until" in await ann.text(f"{PATH}/{key}")
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"url": "http://example.com/"}, "must begin with https"),
        ({"url": "https://127.0.0.1/"}, "private network"),
        ({"url": "https://u:p@example.com/"}, "password out"),
        ({"name": ""}, "Write a name first"),
        ({"kind": "nothing.known"}, "Choose at least one kind"),
        ({"name": "a\x00b", "url": "nonsense"}, "Write a whole address"),
    ],
)
async def test_what_cannot_be_is_told_at_the_form_and_what_was_typed_stays(site, ann, typed, words):
    status, page = await add(ann, **{"name": "Kept name"} | typed)
    assert (status, words in page) == (422, True)
    assert typed.get("url", URL).split("?")[0] in page
    assert await value(site, "SELECT count(*) FROM webhook") == 0


async def test_a_test_event_goes_through_the_log_and_is_sent_again(site, ann):
    key = await hook_of(site, ann)
    assert (await ann.post(f"{PATH}/{key}/test")).status == 303
    assert "1 event waits" in await ann.words(PATH)
    await answer_all(site, status=500, excerpt=XSS)
    page = await ann.text(f"{PATH}/{key}")
    assert "next try" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert XSS not in page
    await answer_all(site, status=204)
    words = await ann.words(f"{PATH}/{key}")
    assert "delivered" in words
    assert "2 tries" in words
    event = await value(site, "SELECT id FROM webhook_event")
    assert (await ann.post(f"{PATH}/{key}/events/{event}/again")).status == 303
    assert await value(site, "SELECT state FROM webhook_event") == 0
    await site.db.screens.execute("UPDATE webhook_event SET body = '{}', state = 2")
    assert (await ann.post(f"{PATH}/{key}/events/{event}/again")).status == 404
    assert "Send again" not in await ann.words(f"{PATH}/{key}")
    await site.db.screens.execute("UPDATE webhook_event SET state = 0")
    none = await ann.words(f"{PATH}/{key}/log?state=delivered&after={uuid7()}x")
    assert "Nothing here yet" in none
    waiting = await ann.words(f"{PATH}/{key}/log?state=waiting")
    assert "not sent yet" in waiting


async def test_trouble_is_shown_in_the_list_on_its_page_and_in_the_rail(site, ann):
    key = await hook_of(site, ann)
    for _ in range(2):
        await ann.post(f"{PATH}/{key}/test")
    await answer_all(site, 5, error="no_connection")
    for address in (PATH, f"{PATH}/{key}"):
        assert "5 tries in a row have failed" in await ann.words(address)
    assert "The server cannot be reached" in await ann.words(f"{PATH}/{key}")
    assert ">1<" in await (await ann.part(f"{PATH}/count")).text()
    assert (await ann.post(f"{PATH}/{key}/resume")).status == 303
    assert ">1<" not in await (await ann.part(f"{PATH}/count")).text()


async def test_an_address_is_changed_paused_and_removed(site, ann):
    key = await hook_of(site, ann)
    changed = {"name": "ERP", "url": "https://example.org/", "kind": "message.received"}
    assert (await ann.post(f"{PATH}/{key}", **changed)).status == 303
    answer = await ann.post(f"{PATH}/{key}", **changed | {"url": "ftp://x"})
    assert (answer.status, "Write a whole address" in await answer.text()) == (422, True)
    assert (await ann.post(f"{PATH}/{key}/pause")).status == 303
    assert "what happens meanwhile is not collected" in await ann.words(f"{PATH}/{key}")
    assert (await ann.post(f"{PATH}/{key}/remove")).headers["Location"] == PATH
    assert (await ann.get(f"{PATH}/{key}")).status == 404
    assert "No address yet" in await ann.words(PATH)


async def test_hostile_names_and_addresses_are_only_words(site, ann):
    key = await hook_of(site, ann, name=XSS, url=f"https://example.com/{XSS}")
    for address in (PATH, f"{PATH}/{key}"):
        page = await ann.text(address)
        assert XSS not in page
        assert "&lt;script&gt;" in page


async def test_another_workspaces_address_is_not_there(site, ann):
    key = await hook_of(site, ann)
    await ann.post(f"{PATH}/{key}/test")
    event = await value(site, "SELECT id FROM webhook_event")
    await site.member("Eve", "admin", site.rival)
    eve = await site.browser("eve@rival.example")
    for part in ("", "/log"):
        assert (await eve.get(f"{PATH}/{key}{part}")).status == 404
    fields = {"name": "Mine", "url": URL, "kind": "claim.issued"}
    for part in ("", "/secret", "/test", "/pause", "/resume", "/remove", f"/events/{event}/again"):
        assert (await eve.post(f"{PATH}/{key}{part}", **fields)).status == 404, part
    theirs = await hook_of(site, eve, name="Theirs")
    assert (await eve.post(f"{PATH}/{theirs}/events/{event}/again")).status == 404
    assert str(key) not in await eve.text(PATH)
