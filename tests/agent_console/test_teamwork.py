"""Working together in the console: what is unread to whom, notes, mentions, snoozing, acts on many, the trail."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from agent_console.snoozing import snoozed_until
from conversations.notes import called_in
from runtime.errors import Invalid
from runtime.ids import uuid7
from tests.agent_console.chats import say

FORM = "form-12345"


async def row(site, chat):
    return await site.db.screens.fetchrow("SELECT * FROM conversation WHERE id = $1", chat.id)


async def unread(browser, chat):
    page = await browser.text(f"/console/inbox/{chat.id}")
    return int(re.search(r'data-unread="(\d+)"', page)[1])


async def write(site, chat, text="one more thing"):
    await say(chat, text, later=timedelta(seconds=1))
    await site.db.screens.execute(
        "UPDATE conversation SET unread = unread + 1 WHERE id = $1", chat.id
    )


async def test_a_colleagues_reading_leaves_mine_unread(site, sue, ken):
    chat = await site.chat(unread=2)
    await sue.act(f"/console/inbox/{chat.id}/read")
    assert (await unread(sue, chat), await unread(ken, chat)) == (0, 2)
    await write(site, chat)
    assert (await unread(sue, chat), await unread(ken, chat)) == (1, 3)
    assert 'data-role="unread"' in await sue.text("/console/inbox?unread=1")


async def test_closing_begins_the_count_anew_for_everybody(site, sue, ken):
    chat = await site.chat(unread=2)
    await sue.act(f"/console/inbox/{chat.id}/read")
    await sue.act(f"/console/inbox/{chat.id}/close")
    assert (await unread(sue, chat), await unread(ken, chat)) == (0, 0)
    await write(site, chat)
    assert (await unread(sue, chat), await unread(ken, chat)) == (1, 1)


async def test_who_may_only_read_has_marks_of_their_own(site, sue):
    await site.member("Mia", "marketer")
    mia = await site.browser("mia@tea.example")
    chat = await site.chat(unread=1)
    assert (await mia.act(f"/console/inbox/{chat.id}/read")).status == 204
    assert (await unread(mia, chat), await unread(sue, chat)) == (0, 1)


async def test_a_note_is_seen_by_the_team_and_sent_to_nobody(site, sue, ken):
    chat = await site.chat(unread=0)
    for _ in range(2):  # the same form posted twice
        answer = await sue.act(
            f"/console/inbox/{chat.id}/notes", note="a regular, be kind", form_id=FORM
        )
        assert answer.status == 200
    page = await ken.text(f"/console/inbox/{chat.id}")
    assert page.count("a regular, be kind") == 2  # in the thread, and with the customer's notes
    assert "only your team sees this" in page
    assert await site.db.screens.fetchval("SELECT count(*) FROM outbox") == 0
    after = await row(site, chat)
    assert (after["last_text"], after["status"]) == ("Hello", "bot")
    assert await unread(ken, chat) == 0


@pytest.mark.parametrize(
    ("note", "form"), [("", FORM), ("  ", FORM), ("x" * 4001, FORM), ("hi", "")]
)
async def test_a_note_without_words_or_too_long_is_refused(site, sue, note, form):
    chat = await site.chat()
    answer = await sue.act(f"/console/inbox/{chat.id}/notes", note=note, form_id=form)
    assert answer.status == 422


async def test_a_mention_calls_a_colleague_until_they_open_the_conversation(site, sue, ken):
    chat = await site.chat(unread=0)
    await sue.act(
        f"/console/inbox/{chat.id}/notes", note="＠ken 請看一下, and @Nobody too", form_id=FORM
    )
    assert "badge-count" in await (await ken.part("/console/mentions/count")).text()
    assert "badge-count" not in await (await sue.part("/console/mentions/count")).text()
    listed = await ken.text("/console/mentions")
    assert '<span class="mention">＠ken</span> 請看一下, and @Nobody' in listed
    assert f"/console/inbox/{chat.id}" in listed
    assert "Nobody has mentioned you yet" in await sue.words("/console/mentions")
    assert await unread(ken, chat) == 1
    await ken.act(f"/console/inbox/{chat.id}/read")
    assert await unread(ken, chat) == 0
    assert "badge-count" not in await (await ken.part("/console/mentions/count")).text()
    assert "請看一下" in await ken.words("/console/mentions")


async def test_only_the_one_who_is_called_hears_of_it(site, sue, ken):
    chat = await site.chat(unread=0)
    await sue.act(f"/console/inbox/{chat.id}/notes", note="@Ken @Sue look", form_id=FORM)
    told = await site.db.screens.fetch("SELECT subject, detail FROM feed WHERE kind = 'mention'")
    assert [(one["subject"], one["detail"]) for one in told] == [
        (chat.id, {"member": str(site.ken)})
    ]


async def test_a_note_can_run_no_script_and_call_no_stranger(site, sue):
    stranger = await site.member("Spy", "admin", site.rival)
    chat = await site.chat()
    nasty = "<script>alert(1)</script> @Spy @<b>x</b>"
    await sue.act(f"/console/inbox/{chat.id}/notes", note=nasty, form_id=FORM)
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert stranger.id not in [
        one["member_id"] for one in await site.db.screens.fetch("SELECT member_id FROM mention")
    ]


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@Ann please", ["Ann"]),
        ("@Ann Lee please", ["Ann Lee"]),
        ("@annabel please", ["Annabel"]),
        ("mail ann@Ann.example", []),
        ("@Annx", []),
        ("＠小美看一下", ["小美"]),
        ("@Ann,@小美!", ["Ann", "小美"]),
        ("Ann", []),
        ("@", []),
    ],
)
def test_a_name_is_called_whole_and_the_longest_that_fits(text, called):
    names = {uuid7(): name for name in ("Ann", "Ann Lee", "Annabel", "小美")}
    assert [names[key] for key in called_in(text, names)] == called


def test_two_of_one_name_are_both_called():
    names = {uuid7(): "Ann", uuid7(): "Ann"}
    assert called_in("@ann", names) == list(names)


async def test_snoozing_shows_until_when_and_a_persons_answer_ends_it(site, sue):
    chat = await site.chat()
    answer = await sue.act(f"/console/inbox/{chat.id}/snooze", **{"for": "tomorrow"})
    assert answer.status == 200
    after = await row(site, chat)
    assert after["status"] == "snoozed"
    assert after["snoozed_until"] == datetime(2026, 5, 5, 1, tzinfo=UTC)  # 09:00 in Taipei
    words = await sue.words(f"/console/inbox/{chat.id}")
    assert "until 5 May 09:00 (Taipei)" in words
    assert "Sue snoozed this until" in words
    await sue.act(f"/console/inbox/{chat.id}/reply", text="Hello", form_id=FORM)
    after = await row(site, chat)
    assert (after["status"], after["snoozed_until"]) == ("in_progress", None)


@pytest.mark.parametrize(
    "fields",
    [{}, {"until": "soon"}, {"until": "2026-05-04T12:59"}, {"until": "2027-06-01T09:00"},
     {"until": "2026-05-04T14:00+00:00"}],
)  # fmt: skip
async def test_a_snooze_needs_a_time_ahead_within_a_year(site, sue, fields):
    chat = await site.chat()
    assert (await sue.act(f"/console/inbox/{chat.id}/snooze", **fields)).status == 422
    assert (await row(site, chat))["status"] == "bot"


async def test_a_closed_conversation_is_not_snoozed(site, sue):
    chat = await site.chat(status="closed")
    answer = await sue.act(f"/console/inbox/{chat.id}/snooze", **{"for": "hour"})
    assert answer.status == 409


def test_the_usual_times_are_those_of_the_workspaces_clock(clock):
    now = clock.now()  # Monday 4 May, 13:00 in Taipei
    taipei = [snoozed_until(name, "", "Asia/Taipei", now) for name in ("tomorrow", "monday")]
    assert [at.isoformat() for at in taipei] == [
        "2026-05-05T01:00:00+00:00",
        "2026-05-11T01:00:00+00:00",
    ]
    assert snoozed_until("hour", "", "Asia/Taipei", now) == now + timedelta(hours=1)
    asked = snoozed_until("", "2026-07-01T09:30", "Europe/Berlin", now)
    assert asked == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    with pytest.raises(Invalid):
        snoozed_until("", "", "Asia/Taipei", now)


async def test_only_colleagues_who_may_answer_are_given_conversations(site, ken):
    mia = await site.member("Mia", "marketer")
    ray = await site.member("Ray", "verifier")
    chat = await site.chat()
    for stranger in (mia, ray):
        answer = await ken.act(f"/console/inbox/{chat.id}/assign", member=str(stranger.id))
        assert answer.status == 422
    head = await ken.text(f"/console/inbox/{chat.id}")
    assert (
        f'<option value="{mia.id}"'
        not in head.partition('id="messages"')[0].partition("thread-head")[2]
    )
    assert (await row(site, chat))["assignee_id"] is None


async def test_the_thread_tells_who_did_what_and_counts_it_as_unread_to_nobody(site, sue, ken):
    chat = await site.chat(unread=0)
    await ken.act(f"/console/inbox/{chat.id}/assign", member=str(site.sue))
    await ken.act(f"/console/inbox/{chat.id}/assign", member="")
    await sue.act(f"/console/inbox/{chat.id}/take-over")
    await sue.act(f"/console/inbox/{chat.id}/close")
    words = await ken.words(f"/console/inbox/{chat.id}")
    told = (
        "Ken assigned this to Sue",
        "Ken assigned this to nobody again",
        "Sue took over",
        "Sue closed this",
    )
    places = [words.index(one) for one in told]
    assert places == sorted(places)
    assert await unread(ken, chat) == 0
    assert (await row(site, chat))["last_text"] == "Hello"


async def picks(browser, act, *chats, **fields):
    data = [*(("conversation", str(chat.id)) for chat in chats), *fields.items()]
    headers = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true"}
    return await browser.client.post(f"/console/inbox/bulk/{act}", data=data, headers=headers)


async def test_many_are_given_snoozed_and_closed_at_once(site, sue, ken):
    chats = [await site.chat(f"Customer {n}", status="waiting") for n in range(3)]
    given = await picks(ken, "assign", *chats, member=str(site.sue))
    assert "3 conversations done." in await given.text()
    assert {(await row(site, chat))["assignee_id"] for chat in chats} == {site.sue}
    await picks(sue, "snooze", *chats, **{"for": "hour"})
    assert {(await row(site, chat))["status"] for chat in chats} == {"snoozed"}
    closed = await picks(sue, "close", chats[0])
    assert "1 conversation done." in await closed.text()
    assert (await row(site, chats[0]))["status"] == "closed"


async def test_what_is_not_ours_or_refused_is_left_and_keeps_nothing_back(site, sue):
    theirs = await site.account("line", "rival", site.rival)
    strange = await site.chat("Stranger", account=theirs, status="waiting")
    closed = await site.chat("Closed", status="closed")
    mine = await site.chat("Mine", status="waiting")
    told = await picks(sue, "snooze", strange, closed, mine, **{"for": "hour"})
    words = await told.text()
    assert "1 conversation done." in words
    assert "2 were left as they are" in words
    assert [(await row(site, one))["status"] for one in (strange, closed, mine)] == [
        "waiting",
        "closed",
        "snoozed",
    ]


async def test_at_most_a_hundred_and_at_least_one_are_acted_on(site, sue):
    chat = await site.chat()
    assert (await picks(sue, "close")).status == 422
    chat.id = "not an id"
    assert (await picks(sue, "close", chat)).status == 422
    headers = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true"}
    data = [("conversation", str(uuid7())) for _ in range(101)]
    answer = await sue.client.post("/console/inbox/bulk/close", data=data, headers=headers)
    assert answer.status == 422


async def test_an_agent_may_close_many_but_give_none_away(site, sue):
    chat = await site.chat()
    assert (await picks(sue, "assign", chat, member=str(site.sue))).status == 403
    assert "bulk/assign" not in await sue.text("/console/inbox")
    assert "bulk/close" in await sue.text("/console/inbox")
