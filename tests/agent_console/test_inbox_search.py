"""Search in the console: what is entered, what is shown, where a hit leads."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from conversations.search_index import rebuild
from tests.agent_console.chats import say
from tests.statements import seen_by


async def test_hits_are_marked_escaped_and_lead_to_their_message(site, sue):
    chat = await site.chat("Mei Lin", said="<b>latte</b> & <script>alert(1)</script>")
    await rebuild(site.db, site.clock.now())
    page = await sue.text("/console/inbox?q=LATTE")
    assert "&lt;b&gt;<mark>latte</mark>&lt;/b&gt; &amp; &lt;script&gt;" in page
    assert "<script>alert" not in page
    assert f'href="/console/inbox/{chat.id}?q=LATTE&amp;at={chat.first}"' in page
    assert 'value="LATTE"' in page
    thread = await sue.text(f"/console/inbox/{chat.id}?q=LATTE&at={chat.first}")
    assert f'data-sought="m-{chat.first}"' in thread
    assert "<mark>latte</mark>" in thread


async def test_an_old_hit_opens_its_thread_at_that_place(site, sue):
    chat = await site.chat(said="")
    keys = [await say(chat, f"line {n:03}", later=timedelta(seconds=n)) for n in range(120)]
    page = await sue.text(f"/console/inbox/{chat.id}?at={keys[30]}")
    assert "line 030" in page
    assert "line 045" in page
    assert "line 119" not in page
    newest = await sue.text(f"/console/inbox/{chat.id}?at={keys[110]}")
    assert "line 119" in newest
    other = await site.chat("Tom", said="Hello")
    elsewhere = await sue.text(f"/console/inbox/{other.id}?at={keys[30]}")
    assert "line 030" not in elsewhere
    assert "Hello" in elsewhere


async def test_nothing_found_and_too_little_entered_are_said(site, sue):
    assert "Nothing was found." in await sue.words("/console/inbox?q=zebra")
    assert "at least two letters" in await sue.words("/console/inbox?q=z")
    assert "appears here by itself" in await sue.words("/console/inbox?q=%20%20")


@pytest.mark.parametrize("text", ["%", "_\\", "\0", "x" * 5_000, " ", "🎉☕️", "'\"><script>", "週"])
async def test_hostile_words_break_nothing(site, sue, text):
    await site.chat()
    await rebuild(site.db, site.clock.now())
    page = await sue.text("/console/inbox?q=" + quote(text))
    assert "<script>" not in page.replace('<script type="module"', "")
    part = await sue.part("/console/inbox/list?q=" + quote(text))
    assert part.status == 200


async def test_half_a_character_in_the_address_breaks_nothing(site, sue):
    answer = await sue.part("/console/inbox/list?q=%ED%A0%80ab")
    assert answer.status == 200


async def test_a_rival_finds_nothing_and_a_stranger_must_sign_in(site, sue):
    await site.chat("Mei Lin", said="our secret")
    await rebuild(site.db, site.clock.now())
    assert "<mark>secret</mark>" in await sue.text("/console/inbox?q=secret")
    await site.member("Rob", "admin", site.rival)
    rob = await site.browser("rob@rival.example")
    page = await rob.text("/console/inbox?q=secret")
    assert "Mei Lin" not in page
    assert not re.search("our .*secret", page)
    stranger = await site.browser()
    assert (await stranger.part("/console/inbox/list?q=secret")).status == 401
    await site.member("Ray", "verifier")
    ray = await site.browser("ray@tea.example")
    assert (await ray.part("/console/inbox/list?q=secret")).status == 403


async def test_a_search_is_four_statements_however_much_it_finds(site, sue):
    for n in range(12):
        await site.chat(f"Customer {n}", said="latte")
    await rebuild(site.db, site.clock.now())
    await sue.part("/console/inbox/list?part=rows&q=latte")
    with seen_by(site.db) as seen:
        await sue.part("/console/inbox/list?part=rows&q=latte")
    about = [query for query in seen if "search_" in query or "FROM tag" in query]
    assert len(about) == 4
    assert len(seen) <= 5
