"""The conversation list's choices, as a member sees them."""

from __future__ import annotations

import re
from datetime import timedelta

from conversations.actions.tag import TagPut, put_tags


def names(html):
    return re.findall(r'class="row-name">([^<]*)<', html)


async def test_each_choice_in_the_address_narrows_the_list(site, sue):
    page = await site.account("messenger", "page")
    ken = await site.member("Ken", "service_agent")
    mei = await site.chat("Mei", status="waiting", ago=timedelta(minutes=1))
    await site.chat("Tom", account=page, assignee=ken.id, status="in_progress", unread=0)
    await site.chat("Lee", status="snoozed", assignee=site.sue, ago=timedelta(minutes=2))
    async with site.db.transaction() as tx:
        await put_tags(tx, [TagPut(site.house, mei.contact, "vip", "member")], site.clock.now())
    tag = await site.db.screens.fetchval("SELECT id FROM tag")
    for query, expected in {
        "": ["Tom", "Mei", "Lee"],
        "view=mine": ["Lee"],
        "view=unassigned": ["Mei"],
        "status=snoozed": ["Lee"],
        "channel=messenger": ["Tom"],
        f"account={site.line.id}": ["Mei", "Lee"],
        f"tag={tag}": ["Mei"],
        f"member={ken.id}": ["Tom"],
        "unread=1": ["Mei", "Lee"],
        "view=mine&status=waiting": [],
        "view=nonsense&status=%00&channel=x&account=1&tag=%27&member=..&unread=yes&sort=up&after=w_": [
            "Tom",
            "Mei",
            "Lee",
        ],
    }.items():
        assert names(await sue.text("/console/inbox?" + query)) == expected, query


async def test_the_longest_waiting_stand_first_when_asked_for(site, sue):
    await site.chat("Busy", ago=timedelta(minutes=1))
    for name, minutes in (("Short", 5), ("Long", 90)):
        chat = await site.chat(name, status="waiting")
        since = site.clock.now() - timedelta(minutes=minutes)
        await site.db.screens.execute(
            "UPDATE conversation SET waiting_since = $2 WHERE id = $1", chat.id, since
        )
    page = await sue.text("/console/inbox?sort=waiting")
    assert names(page) == ["Long", "Short", "Busy"]


async def test_how_long_a_customer_waits_stands_in_the_list_and_above_the_thread(site, sue):
    chat = await site.chat("Long", status="waiting")
    since = site.clock.now() - timedelta(minutes=90)
    await site.db.screens.execute(
        "UPDATE conversation SET waiting_since = $2 WHERE id = $1", chat.id, since
    )
    await site.chat("Busy", status="in_progress")
    page = await sue.text(f"/console/inbox/{chat.id}")
    told = f'for <span data-since="{int(since.timestamp())}">1 h 30 min</span>'
    assert page.count(told) == 2
    assert page.count("data-since=") == 2


async def test_links_keep_the_rest_of_the_choice(site, sue):
    chat = await site.chat("Mei", status="waiting")
    page = await sue.text("/console/inbox?status=waiting&unread=1")
    assert f'href="/console/inbox/{chat.id}?status=waiting&amp;unread=1"' in page
    assert 'href="/console/inbox?status=waiting&amp;unread=1&amp;view=mine"' in page
    assert 'href="/console/inbox?unread=1"' in page
    again = await sue.text(f"/console/inbox/{chat.id}?status=closed")
    assert names(again) == []
    assert "No conversation fits this choice." in again


async def test_rows_say_their_place_in_the_list(site, sue):
    for n in range(60):
        await site.chat(f"c{n:02}", ago=timedelta(minutes=n))
    first = await sue.text("/console/inbox")
    assert 'aria-posinset="1" aria-setsize="-1"' in first
    place = re.findall(r'data-place="([^"]*)"', first)[49].replace("+", "%2B")
    part = await (await sue.part(f"/console/inbox/list?part=rows&after={place}&first=50")).text()
    assert names(part) == [f"c{n}" for n in range(50, 60)]
    assert 'aria-posinset="51" aria-setsize="60"' in part
    assert 'data-more="false"' in part
    assert "list-controls" not in part


async def test_numbers_beside_the_choices(site, sue):
    await site.chat("a", status="waiting")
    await site.chat("b", assignee=site.sue, status="in_progress", unread=0)
    page = await (await sue.part("/console/inbox/list?part=controls")).text()
    numbers = re.findall(r'>\s*([^<>]+?)\s*<span class="count">(\d+)', page)
    assert numbers == [
        ("Mine", "1"),
        ("Unassigned", "1"),
        ("All", "2"),
        ("waiting", "1"),
        ("in progress", "1"),
        ("Unread", "1"),
    ]
    assert "chat-row" not in page


async def test_names_of_accounts_tags_and_colleagues_cannot_run_script(site, sue):
    nasty = '"><script>alert(1)</script>'
    chat = await site.chat()
    async with site.db.transaction() as tx:
        await put_tags(tx, [TagPut(site.house, chat.contact, nasty, "member")], site.clock.now())
    await site.db.screens.execute("UPDATE member SET name = $1", nasty)
    page = await sue.text("/console/inbox?view=" + nasty)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
