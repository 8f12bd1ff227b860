"""Presence: who of the colleagues looks at a conversation, or writes in it, and when that is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runtime.ids import uuid7
from runtime.presence import LEASES, MOST_PAGES, Presence, Sign
from tests.agent_console.site import Site
from tests.agent_console.streams import follow


@pytest.fixture
async def twin(site, tmp_path):
    """A second process on the same database."""
    made = await Site(site.db, site.live._dsn, site.clock, site.keyring, tmp_path).serve()
    yield made
    await made.stop()


async def sign(browser, chat, state, page="one"):
    return await browser.act(f"/console/inbox/{chat.id}/presence", state=state, page=page)


async def present(browser):
    answer = await browser.client.get("/console/presence")
    assert answer.status == 200
    found = (await answer.json())["present"]
    return [(one["name"], one["state"]) for one in found]


async def told_by(stream):
    """Return what is told next of somebody's presence; a conversation made before may be told of meanwhile."""
    name = ""
    while name != "presence":
        name, told = await stream.event()
    return told


async def test_a_colleague_is_seen_looking_writing_and_going_but_never_oneself(site, sue, ken):
    """Lesson 14: viewers are listed, and who writes is told apart from who looks."""
    chat, stream = await site.chat(), await follow(sue)
    for state in ("looking", "writing", "gone"):
        assert (await sign(ken, chat, state)).status == 204
        told = await told_by(stream)
        assert (told["state"], told["name"]) == (state, "Ken")
        assert (told["conversation"], told["member"]) == (str(chat.id), str(site.ken))
    await sign(ken, chat, "looking")
    assert await present(sue) == [("Ken", "looking")]
    assert await present(ken) == []


async def test_who_says_nothing_any_more_is_gone_once_the_lease_is_over(site, sue, ken):
    chat = await site.chat()
    await sign(ken, chat, "looking")
    await sign(ken, chat, "writing", page="two")
    site.clock.advance(LEASES["writing"] - timedelta(seconds=1))
    assert await present(sue) == [("Ken", "writing")]
    site.clock.advance(timedelta(seconds=1))
    assert await present(sue) == [("Ken", "looking")]
    site.clock.advance(LEASES["looking"] - LEASES["writing"])
    assert await present(sue) == []


async def test_one_of_two_pages_that_goes_leaves_the_other_there(site, sue, ken):
    chat = await site.chat()
    stream = await follow(sue)
    await sign(ken, chat, "looking", page="one")
    await told_by(stream)
    await sign(ken, chat, "looking", page="two")
    await told_by(stream)
    await sign(ken, chat, "gone", page="one")
    assert (await told_by(stream))["state"] == "looking"
    await sign(ken, chat, "gone", page="two")
    assert (await told_by(stream))["state"] == "gone"


async def test_colleagues_of_another_process_are_seen_too(site, twin, sue, ken):
    chat = await site.chat()
    there = await twin.browser("sue@tea.example")
    stream = await follow(there)
    await sign(ken, chat, "writing")
    told = await told_by(stream)
    assert (told["name"], told["state"]) == ("Ken", "writing")
    assert await present(there) == [("Ken", "writing")]
    await sign(ken, chat, "gone")
    assert (await told_by(stream))["state"] == "gone"
    assert await present(there) == await present(sue) == []


async def test_nothing_of_it_reaches_another_workspace(site, ken):
    await site.member("Spy", "admin", site.rival)
    spy = await site.browser("spy@rival.example")
    chat, stream = await site.chat(), await follow(spy)
    await sign(ken, chat, "looking")
    assert await present(spy) == []
    assert (await sign(spy, chat, "looking")).status == 404
    theirs = await site.chat("Theirs", account=await site.account("line", "rival", site.rival))
    await site.member("Eve", "admin", site.rival)
    await sign(await site.browser("eve@rival.example"), theirs, "looking")
    assert (await told_by(stream))["name"] == "Eve"


async def test_who_only_reads_may_look_but_not_write_and_the_till_sees_nothing(site, ken):
    await site.member("Mia", "marketer")
    await site.member("Ray", "verifier")
    mia, ray = await site.browser("mia@tea.example"), await site.browser("ray@tea.example")
    chat = await site.chat()
    assert (await sign(mia, chat, "looking")).status == 204
    assert (await sign(mia, chat, "writing")).status == 403
    assert await present(ken) == [("Mia", "looking")]
    assert (await sign(ray, chat, "looking")).status == 403
    assert (await ray.client.get("/console/presence")).status == 403


@pytest.mark.parametrize(
    ("state", "page"), [("dancing", "one"), ("", "one"), ("looking", ""), ("looking", "<b>"), ("looking", "x" * 41)]
)  # fmt: skip
async def test_nonsense_is_refused(site, ken, state, page):
    assert (await sign(ken, await site.chat(), state, page)).status == 422


async def test_presence_writes_nothing(site, sue, ken):
    chat = await site.chat()
    before = await site.db.screens.fetchval("SELECT count(*) FROM feed")
    for state in ("looking", "writing", "gone"):
        await sign(ken, chat, state)
    assert await site.db.screens.fetchval("SELECT count(*) FROM feed") == before


def test_a_member_has_no_more_pages_than_anybody_looks_at(clock):
    presence, house, member = Presence(), uuid7(), uuid7()
    for n in range(MOST_PAGES + 5):
        facts = {"workspace_id": house, "member_id": member, "name": "Ken", "at": clock.now()}
        presence.note(Sign(**facts, place=uuid7(), page=f"p{n}", state="looking"))
    assert len(presence.of(house, clock.now())) == MOST_PAGES
