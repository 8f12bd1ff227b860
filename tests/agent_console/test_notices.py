"""What a browser tells while nobody looks: whom, of what, with which words; and the number beside the inbox."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.agent_console.chats import say


async def told(browser, *messages):
    query = "&".join(f"message={one}" for one in messages)
    answer = await browser.client.get(f"/console/notices?{query}")
    assert answer.status == 200
    return [(one["title"], one["body"]) for one in (await answer.json())["notices"]]


async def since(site):
    """Let the conversations that wait for a person wait since some time."""
    await site.db.screens.execute(
        "UPDATE conversation SET waiting_since = last_at WHERE status = 'waiting'"
    )


async def unread(browser):
    page = await (await browser.part("/console/inbox/unread")).text()
    return int(re.search(r'data-count="(\d+)"', page)[1])


async def test_nobody_is_told_anything_who_has_not_switched_it_on(site, sue):
    chat = await site.chat(status="waiting")
    assert await told(sue, chat.first) == []
    assert 'data-on="false"' in await sue.text("/console/inbox")
    drawn = await sue.act("/console/me/notify", notify="on")
    assert 'data-on="true"' in await drawn.text()
    assert await told(sue, chat.first) == [("Mei Lin", "Hello")]
    await sue.act("/console/me/notify", notify="off")
    assert await told(sue, chat.first) == []


async def test_one_is_told_of_ones_own_and_of_what_waits_for_anybody(site, sue):
    ken = await site.member("Ken", "supervisor")
    await sue.act("/console/me/notify", notify="on")
    facts = {
        "Mine": {"status": "in_progress", "assignee": site.sue},
        "Waits": {"status": "waiting"},
        "Bot": {"status": "bot"},
        "Kens": {"status": "in_progress", "assignee": ken.id},
        "Closed": {"status": "closed"},
        "Read": {"status": "waiting", "unread": 0},
    }
    chats = [await site.chat(name, **rest) for name, rest in facts.items()]
    found = await told(sue, *(chat.first for chat in chats))
    assert sorted(found) == [("Mine", "Hello"), ("Waits", "Hello")]
    await since(site)
    assert await unread(sue) == 2


async def test_of_several_messages_of_one_customer_the_latest_is_told(site, sue):
    await sue.act("/console/me/notify", notify="on")
    chat = await site.chat(status="waiting", unread=3)
    more = [await say(chat, f"word {n}", later=timedelta(seconds=n)) for n in (1, 2)]
    assert await told(sue, chat.first, *more) == [("Mei Lin", "word 2")]
    own = await say(chat, "Yes?", direction="out", author="member", member=site.sue)
    assert await told(sue, own) == []


async def test_a_notice_has_an_excerpt_only_and_none_of_it_on_request(site, sue):
    form = {"notify": "on", "notify_sound": "on", "notify_words": "on"}
    assert (await sue.post("/console/me/notices", **form)).status == 303
    chat = await site.chat(status="waiting", said="long " * 39)
    picture = await say(chat, "", kind="image", later=timedelta(seconds=1))
    [(_, body)] = await told(sue, chat.first)
    assert len(body) == 80
    assert body.endswith("…")
    assert await told(sue, picture) == [("Mei Lin", "[image]")]
    del form["notify_words"]
    await sue.post("/console/me/notices", **form)
    assert await told(sue, chat.first) == [("Mei Lin", "New message")]
    page = await sue.text("/console/me")
    assert re.findall(r'name="(notify\w*)"[^>]*checked', page) == ["notify", "notify_sound"]


async def test_of_another_workspace_nothing_is_told_and_the_till_has_no_switch(site, sue):
    await sue.act("/console/me/notify", notify="on")
    theirs = await site.chat(
        account=await site.account("line", "rival", site.rival), status="waiting"
    )
    assert await told(sue, theirs.first, "nonsense") == []
    assert await unread(sue) == 0
    await site.member("Ray", "verifier")
    ray = await site.browser("ray@tea.example")
    assert (await ray.act("/console/me/notify", notify="on")).status == 403
    assert "notify-switch" not in await ray.text("/console/me")


async def test_the_number_falls_when_it_is_read(site, sue):
    chat = await site.chat(status="waiting")
    await since(site)
    assert await unread(sue) == 1
    await sue.act(f"/console/inbox/{chat.id}/read")
    assert await unread(sue) == 0
