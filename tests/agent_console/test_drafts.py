"""Drafts: kept for each member and conversation, whatever device, and gone with the answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from conversations.actions.keep_draft import Writing, keep_draft
from conversations.actions.reply import Answer, reply
from gateway.housekeeping import Housekeeper
from runtime.ids import uuid7
from tests.waiting import waiting


def form():
    return str(uuid7())


async def write(browser, chat, text, *, place=1, form_id):
    fields = {"text": text, "place": str(place), "form_id": form_id}
    return await browser.act(f"/console/inbox/{chat.id}/draft", **fields)


async def send(browser, chat, text, form_id):
    return await browser.act(f"/console/inbox/{chat.id}/reply", text=text, form_id=form_id)


async def drafts(site):
    rows = await site.db.screens.fetch("SELECT text FROM draft WHERE text <> '' ORDER BY id")
    return [row["text"] for row in rows]


async def test_a_draft_is_there_on_another_device_and_marked_in_the_own_list_only(site, sue):
    await site.member("Ken", "supervisor")
    phone, ken = await site.browser("sue@tea.example"), await site.browser("ken@tea.example")
    chat = await site.chat()
    assert (await write(sue, chat, "Dear <Mei>", form_id=form())).status == 204
    page = await phone.text(f"/console/inbox/{chat.id}")
    assert ">Dear &lt;Mei&gt;</textarea>" in page
    assert 'data-role="draft-mark"' in await phone.text("/console/inbox")
    others = await ken.text(f"/console/inbox/{chat.id}")
    assert "Dear" not in others
    assert 'data-role="draft-mark"' not in others


async def test_the_answer_takes_the_draft_away_and_a_late_save_does_not_bring_it_back(site, sue):
    chat, same = await site.chat(), form()
    await write(sue, chat, "Hello M", place=1, form_id=same)
    assert (await send(sue, chat, "Hello Mei", same)).status == 200
    assert await drafts(site) == []
    assert (await write(sue, chat, "Hello Me", place=2, form_id=same)).status == 204
    assert await drafts(site) == []
    await write(sue, chat, "And then", place=3, form_id=form())
    await send(
        sue, chat, "Hello Mei", same
    )  # the same form once more: the new draft is another one
    assert await drafts(site) == ["And then"]


async def test_a_save_that_meets_the_answer_being_written_is_dropped(site, sue):
    """The save waits at the conversation until the answer is written down, and then sees it."""
    chat, same = await site.chat(), form()
    now = site.clock.now()
    facts = {"workspace_id": site.house, "conversation_id": chat.id, "member_id": site.sue}
    answer = Answer(**facts, member_name="Sue", form_id=same, text="Hello Mei")
    async with site.db.transaction() as tx:
        await reply(tx, answer, site.channels, now)
        late = asyncio.ensure_future(write(sue, chat, "Hello Me", form_id=same))
        await waiting(site.db.screens, 1)
        assert not late.done()
    assert (await late).status == 204
    assert await drafts(site) == []
    async with site.db.transaction() as tx:
        other = Writing(**facts, form_id=form(), place=1, text="Hello Me")
        await keep_draft(tx, other, now)  # what is not of the sent form is kept
    assert await drafts(site) == ["Hello Me"]


async def test_of_two_saves_of_a_form_the_later_wins_whichever_arrives_last(site, sue):
    chat, same = await site.chat(), form()
    await write(sue, chat, "ab", place=2, form_id=same)
    await write(sue, chat, "a", place=1, form_id=same)
    assert await drafts(site) == ["ab"]
    await write(sue, chat, "", place=4, form_id=same)
    await write(sue, chat, "abc", place=3, form_id=same)
    assert await drafts(site) == []
    other = form()
    await write(sue, chat, "from the phone", place=1, form_id=other)
    assert await drafts(site) == ["from the phone"]


async def test_only_ones_own_browsers_hear_of_a_draft_and_only_when_it_begins_or_ends(site, sue):
    chat, same = await site.chat(), form()
    for place, text in enumerate(("a", "ab", "abc", "  ", ""), 1):
        await write(sue, chat, text, place=place, form_id=same)
    told = await site.db.screens.fetch("SELECT detail FROM feed WHERE kind = 'draft'")
    assert [one["detail"] for one in told] == [{"member": str(site.sue)}] * 2


@pytest.mark.parametrize(
    ("text", "form_id", "status"),
    [("x" * 10_001, "form-12345", 422), ("x", "", 422), ("x" * 10_000, "form-12345", 204)],
)
async def test_a_draft_has_its_bounds(site, sue, text, form_id, status):
    chat = await site.chat()
    assert (await write(sue, chat, text, form_id=form_id)).status == status


async def test_of_another_workspace_nothing_is_kept_or_shown(site, sue):
    await site.member("Spy", "admin", site.rival)
    spy = await site.browser("spy@rival.example")
    chat = await site.chat()
    assert (await write(spy, chat, "mine now", form_id=form())).status == 404
    assert await drafts(site) == []


async def test_of_an_erased_customer_no_draft_is_kept(site, sue):
    chat = await site.chat()
    await site.db.screens.execute("UPDATE conversation SET shelf = 'erased', status = 'closed'")
    assert (await write(sue, chat, "Mei told me", form_id=form())).status == 404


async def test_the_marketer_who_only_reads_keeps_no_draft(site):
    await site.member("Mia", "marketer")
    mia = await site.browser("mia@tea.example")
    chat = await site.chat()
    assert (await write(mia, chat, "hello", form_id=form())).status == 403


async def test_emptied_drafts_are_tidied_away_after_a_day(site, sue):
    one, two = await site.chat("One"), await site.chat("Two")
    await write(sue, one, "", form_id=form())
    await write(sue, two, "kept", form_id=form())
    site.clock.advance(timedelta(days=1, minutes=1))
    await Housekeeper(site.db.screens, site.clock, site.supervisor).tidy()
    assert await site.db.screens.fetchval("SELECT count(*) FROM draft") == 1
    assert await drafts(site) == ["kept"]
