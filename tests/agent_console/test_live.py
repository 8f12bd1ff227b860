"""The live stream: what arrives, what does not, where it resumes and when it ends."""

from __future__ import annotations

import re

from agent_console import sessions_watch
from agent_console.access import ROUTES
from runtime.ids import uuid7
from runtime.live import Change, publish
from team.actions.change_member import change_role, deactivate
from tests.agent_console.streams import Reader, follow


async def change(site, kind, subject, workspace=None):
    async with site.db.transaction() as tx:
        await publish(tx, [Change(workspace or site.house, kind, subject)], site.clock.now())
    site.live.committed()


async def test_a_change_arrives_as_ids_only(site, sue):
    stream, chat = await follow(sue), uuid7()
    await change(site, "message", chat)
    name, data = await stream.event()
    assert (name, data["kind"], data["subject"]) == ("change", "message", str(chat))
    assert "no-store" in stream.response.headers["Cache-Control"]


async def test_another_workspaces_changes_never_arrive(site, sue):
    stream, ours = await follow(sue), uuid7()
    await change(site, "message", uuid7(), site.rival)
    await change(site, "message", ours)
    assert (await stream.event())[1]["subject"] == str(ours)


async def test_a_reader_resumes_after_the_last_event_it_saw(site, sue):
    stream = await follow(sue)
    first, second = uuid7(), uuid7()
    await change(site, "message", first)
    await stream.event()
    stream.response.close()
    await change(site, "message", second)
    for headers, after in (({"Last-Event-ID": stream.last}, ""), ({}, stream.last)):
        again = await follow(sue, after, **headers)
        assert (await again.event())[1]["subject"] == str(second)
        again.response.close()


def live_from(html):
    """Return where a page's stream begins, None when it has none."""
    found = re.search(r'<body[^>]* data-live="/console/live" data-cursor="([0-9-]+)"', html)
    return found and found[1]


async def test_every_page_is_followed_from_what_it_has_shown(site):
    await site.member("Ann", "admin")
    ann = await site.browser("ann@tea.example")
    shown = set()
    for method, path in ROUTES:
        if method != "GET" or "{" in path or path in {"/live", "/login"}:
            continue
        answer = await ann.get("/console" + path)
        if answer.status != 200 or answer.content_type != "text/html":
            continue
        html = await answer.text()
        if "<body" in html:
            assert live_from(html), path
            shown.add(path)
    assert {"/inbox", "/me", "/contacts", "/coupons/new", "/settings/audit", "/overview"} <= shown
    cursor, later = live_from(await ann.text("/console/me")), uuid7()
    await change(site, "message", later)
    stream = await follow(ann, cursor)
    assert (await stream.event())[1]["subject"] == str(later)


async def test_who_may_read_no_messages_follows_nothing(site, sue):
    await site.member("Ray", "verifier")
    ray = await site.browser("ray@tea.example")
    assert not live_from(await ray.text("/console/me"))
    await site.db.screens.execute("UPDATE workspace SET two_steps = true")
    assert not live_from(await sue.text("/console/me/two-steps"))
    assert not live_from(await (await site.browser()).text("/console/login"))


async def test_a_cursor_the_feed_no_longer_reaches_asks_for_a_reload(site, sue):
    for _ in range(2):
        await change(site, "message", uuid7())
    await site.db.screens.execute("DELETE FROM feed WHERE id = (SELECT min(id) FROM feed)")
    response = await sue.client.get("/console/live?after=1-0")
    reader = Reader(response)
    assert (await reader.event(beside=()))[0] == "reset"
    chat = uuid7()
    await change(site, "message", chat)
    while (await reader.event())[1]["subject"] != str(chat):
        pass


async def test_nonsense_for_a_cursor_starts_from_now(site, sue):
    stream = await follow(sue, "%00garbage")
    chat = uuid7()
    await change(site, "message", chat)
    assert (await stream.event())[1]["subject"] == str(chat)


async def test_signing_out_ends_the_stream_at_once(site, sue):
    stream = await follow(sue)
    await sue.post("/console/logout")
    assert (await stream.event())[0] == "end"
    assert stream.response.content.at_eof() or await stream.response.content.read() == b""


async def test_a_new_role_and_a_deactivation_end_the_stream(site, sue):
    await site.member("Ann", "admin")
    stream = await follow(sue)
    for _ in range(2):  # once the second is there the session has been looked at after the first
        await change(site, "message", uuid7())
        await stream.event()
    async with site.db.transaction() as tx:
        await change_role(tx, site.house, site.sue, "seller", site.clock.now())
    site.live.committed()
    assert (await stream.event())[0] == "end"
    # The page is loaded anew and follows with the same session: what was known of it before does not count.
    stream = await follow(sue)
    for _ in range(2):
        await change(site, "message", uuid7())
        assert (await stream.event())[0] == "change"
    async with site.db.transaction() as tx:
        await deactivate(tx, site.house, site.sue, site.clock.now())
    site.live.committed()
    assert (await stream.event())[0] == "end"
    assert (await sue.get("/console/inbox")).status == 303


async def test_a_session_ended_behind_our_back_ends_the_stream_within_five_seconds(
    site, sue, monkeypatch
):
    """It is looked for every CHECK_S; here more often, for it is the looking that is proved."""
    assert sessions_watch.CHECK_S < 4  # and the feed wakes a stream once a second
    monkeypatch.setattr(sessions_watch, "CHECK_S", 0.1)
    stream = await follow(sue)
    await site.db.screens.execute("UPDATE session SET ended_at = now()")
    assert (await stream.event())[0] == "end"


async def test_the_page_names_the_place_from_which_to_follow(site, sue):
    page = await sue.text("/console/inbox")
    cursor = re.search(r'data-cursor="([^"]+)"', page).group(1)
    chat = uuid7()
    await change(site, "message", chat)
    stream = Reader(await sue.client.get(f"/console/live?after={cursor}"))
    name, data = await stream.event()
    assert name == "reset" or data["subject"] == str(chat)
