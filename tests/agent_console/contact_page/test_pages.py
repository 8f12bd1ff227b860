"""The list of customers and a customer's own page, as members see them."""

from __future__ import annotations

import re
from datetime import timedelta

from conversations.actions.tag import TagPut, put_tags
from conversations.search_index import file_contacts
from coupons.requests import ClaimRequest
from runtime.ids import uuid7
from team.languages import CUSTOMER_LANGUAGES
from tests.agent_console.chats import say
from tests.agent_console.site import plain

LIST = "/console/contacts"


async def listed(browser, query=""):
    page = await browser.text(LIST + query)
    return [part.split(">", 1)[1].split("<")[0] for part in page.split('class="contact-link"')[1:]]


async def claimed(site, chat):
    coupon = await site.coupon("Latte 50")
    made = await site.claims.claim(
        ClaimRequest(
            workspace_id=site.house,
            coupon_id=coupon,
            contact_id=chat.contact,
            source="test",
            key="one",
            arrived_at=site.clock.now(),
            conversation_id=chat.id,
        )
    )
    return made.claim


async def test_the_list_is_searched_narrowed_and_paged(site, sue):
    mei = await site.chat("林美麗", ago=timedelta(minutes=3))
    tom = await site.chat("Tom", ago=timedelta(minutes=2))
    await site.db.screens.execute(
        "UPDATE contact SET phone = '+886912345678', email = 'tom@x.example' WHERE id = $1",
        tom.contact,
    )
    async with site.db.transaction() as tx:
        await put_tags(tx, [TagPut(site.house, mei.contact, "vip", "member")], site.clock.now())
        await file_contacts(tx, [mei.contact, tom.contact])
    tag = await site.db.screens.fetchval("SELECT id FROM tag")
    assert await listed(sue) == ["Tom", "林美麗"]
    for query, expected in {
        "?q=美麗": ["林美麗"],
        "?q=0912-345": ["Tom"],
        "?q=tom%40x": ["Tom"],
        "?q=nobody": [],
        "?q=x": [],
        f"?tag={tag}": ["林美麗"],
        f"?q=tom&tag={tag}": [],
        "?blocked=1": [],
        "?tag=x&after=%27&blocked=yes": ["Tom", "林美麗"],
    }.items():
        assert await listed(sue, query) == expected, query
    for number in range(60):
        await site.chat(f"c{number:02}")
    page = await sue.text(LIST)
    older = page.split('rel="next" href="')[1].split('"')[0]
    rest = await listed(sue, older.removeprefix(LIST))
    assert rest[-2:] == ["Tom", "林美麗"]
    assert len(rest) == 12


async def test_a_page_tells_who_it_is_and_all_that_happened_newest_first(site, sue):
    chat = await site.chat("Mei Lin", said="hello", ago=timedelta(hours=2))
    await say(chat, "be careful", direction="own", author="member", kind="note", content={})
    await site.db.screens.execute(
        """UPDATE contact SET attributes = '{"size": 7}', language = 'ja',
        picture_url = 'https://pic.example/mei.jpg' WHERE id = $1""",
        chat.contact,
    )
    await site.db.screens.execute(
        "INSERT INTO attribute (id, workspace_id, key, label, type, position)"
        " VALUES (gen_random_uuid(), $1, 'size', 'Shoe size', 'number', 1)",
        site.house,
    )
    claim = await claimed(site, chat)
    path = f"{LIST}/{chat.contact}"
    page = await sue.words(path)
    assert chat.address in page
    assert "Shoe size 7" in page
    assert f"Language {CUSTOMER_LANGUAGES['ja']}" in page
    assert 'src="https://pic.example/mei.jpg"' in await sue.text(path)
    assert page.index("got the coupon Latte 50") < page.index("be careful") < page.rindex("hello")
    assert claim.number in page
    assert "got the coupon" not in await sue.words(path + "?kind=note")
    assert "be careful" not in await sue.words(path + "?kind=claim")
    assert "hello" in await sue.words(path + "/timeline?kind=message")


async def test_a_language_that_is_none_of_ours_is_named(site, sue):
    chat = await site.chat("Mei Lin")
    for tag, name in (("ko-KR", "Korean (South Korea)"), ("klingon-x", "klingon-x")):
        await site.db.screens.execute("UPDATE contact SET language = $1", tag)
        assert f"Language {name}" in await sue.words(f"{LIST}/{chat.contact}")
        assert f'<option value="{tag}" selected>{name}</option>' in await sue.text(
            f"/console/inbox/{chat.id}"
        )


async def test_pages_of_the_timeline_follow_each_other_over_messages_and_coupons(site, sue):
    chat = await site.chat("Mei Lin", said="")
    await claimed(site, chat)
    for number in range(70):
        await say(chat, f"w{number:02}", later=timedelta(seconds=number - 35))
    path, seen = f"{LIST}/{chat.contact}", []
    address = path
    while address:
        page = await sue.text(address)
        seen += [part.split(">")[0] for part in page.split('data-role="moment"')[1:]]
        next_one = page.split('rel="next" href="')[1:]
        address = next_one[0].split('"')[0].replace("&amp;", "&") if next_one else ""
    assert len(seen) == 71
    assert len([line for line in seen if 'data-what="claim"' in line]) == 1
    broken = await sue.get(f"{path}?kind=x&after=2026-05-04T05:00:00+00:00_0_9x")
    assert broken.status == 200


async def test_names_and_words_are_written_as_words(site, sue):
    chat = await site.chat("<b>Mei</b>", said="<script>alert(1)</script>")
    for path in (LIST, f"{LIST}/{chat.contact}"):
        page = await sue.text(path)
        assert "<b>Mei" not in page
        assert "<script>alert" not in page


async def test_every_address_of_a_chat_is_shown_those_that_can_be_reached_first(site, sue):
    account = await site.account("whatsapp", "shop")
    mei = await site.chat("Mei", account=account)
    for address, reachable in (("+886900000001", False), ("XW.1234", True), ("XW.0123", True)):
        site.clock.advance(timedelta(minutes=1))
        await site.db.screens.execute(
            "INSERT INTO channel_identity (id, account_id, contact_id, external_id, name, picture_url, reachable,"
            " created_at) VALUES ($1, $2, $3, $4, '', '', $5, $6)",
            uuid7(), account.id, mei.contact, address, reachable, site.clock.now(),
        )  # fmt: skip
    page = await sue.text(f"{LIST}/{mei.contact}")
    ids = re.findall(r'contact-id">([^<]+)<', page)
    assert ids == [mei.address, "XW.1234", "XW.0123", "+886900000001"]
    who = plain(page)
    assert "+886900000001 blocked us" in who
    assert who.count("blocked us") == 1
    panel = await sue.text(f"/console/inbox/{mei.id}")
    assert panel.count('data-role="identity"') == 1, "one line a chat beside the thread"
