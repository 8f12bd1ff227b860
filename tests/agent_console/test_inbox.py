"""The conversation list and the thread, as a member sees them."""

from __future__ import annotations

from datetime import timedelta

from runtime.ids import uuid7
from tests.agent_console.chats import attach, say
from tests.statements import seen_by


async def test_the_latest_conversation_stands_first(site, sue):
    await site.chat("Tom Baker", ago=timedelta(minutes=4))
    await site.chat("Mei Lin", said="我想問週年慶")
    page = await sue.words("/console/inbox")
    assert page.index("Mei Lin") < page.index("Tom Baker")
    assert "我想問週年慶" in page
    assert "13:00" in page
    assert "12:56" in page


async def test_an_empty_inbox_says_what_will_appear(sue):
    assert "the conversation appears here by itself" in await sue.words("/console/inbox")


async def test_more_conversations_are_shown_page_by_page(site, sue):
    for n in range(60):
        await site.chat(f"Customer {n:02}", ago=timedelta(minutes=n))
    first = await (await sue.part("/console/inbox/list")).text()
    assert first.count('data-role="conversation"') == 50
    more = await (await sue.part("/console/inbox/list?rows=100")).text()
    assert more.count('data-role="conversation"') == 60


async def test_mine_shows_only_what_is_assigned_to_me(site, sue):
    me = await site.db.screens.fetchval("SELECT id FROM member WHERE email = 'sue@tea.example'")
    await site.chat("Mine", assignee=me)
    await site.chat("Somebody else's")
    page = await sue.words("/console/inbox?view=mine")
    assert "Somebody else" not in page
    assert "Mine" in page


async def test_a_thread_shows_every_kind_of_message(site, sue):
    chat = await site.chat()
    later = timedelta(minutes=1)
    await say(chat, "", kind="sticker", later=later)
    await say(chat, "", kind="unknown", later=later)
    await say(chat, "", kind="follow", later=later)
    await say(chat, "old words", later=later)
    place = await say(chat, "", kind="location", later=later)
    await attach(
        chat, place, "location", state="skipped", name="Xinyi", source={"lat": 25.03, "lon": 121.56}
    )
    waiting = await say(chat, "", kind="image", later=later)
    await attach(chat, waiting, "image", state="waiting")
    card = {
        "type": "card",
        "title": "Latte 50",
        "buttons": [{"type": "link", "title": "Open", "url": "https://x.example"}],
    }
    await say(
        chat,
        "Latte 50",
        kind="card",
        content=card,
        direction="out",
        author="bot",
        state="delivered",
    )
    page = await sue.words(f"/console/inbox/{chat.id}")
    for seen in ("sticker", "a message of a new kind", "added you as a friend", "Xinyi", "being fetched",
                 "Latte 50", "Open", "delivered"):  # fmt: skip
        assert seen in page, seen


async def test_edits_unsends_reactions_and_quotes_are_drawn(site, sue):
    chat = await site.chat(said="")
    first = await say(chat, "the price?", external_id="m1")
    gone = await say(chat, "oops secret", later=timedelta(seconds=1))
    await say(chat, "about that", reply_to="m1", later=timedelta(seconds=2))
    run = site.db.screens.execute
    await run("UPDATE message SET edited_at = received_at WHERE id = $1", first)
    await run("UPDATE message SET unsent_at = received_at WHERE id = $1", gone)
    await run(
        "INSERT INTO reaction (message_id, actor, emoji, at) VALUES ($1, 'U1', '❤', now())", first
    )
    page = await sue.words(f"/console/inbox/{chat.id}")
    assert "edited" in page
    assert "took this message back" in page
    assert "oops secret" not in page
    assert "❤" in page
    assert page.count("the price?") == 2


async def test_a_failed_message_says_why_and_an_unknown_one_stands_apart(site, sue):
    """Lesson 8: what may have arrived is not shown as failed."""
    chat = await site.chat()
    out = {"direction": "out", "author": "member", "later": timedelta(minutes=1)}
    await say(chat, "one", state="failed", error_text="The customer blocked this account", **out)
    await say(chat, "two", state="unknown", **out)
    page = await sue.words(f"/console/inbox/{chat.id}")
    assert "The customer blocked this account" in page
    assert "It may have arrived" in page
    assert page.count("Send again") == 2


async def test_older_messages_are_loaded_on_demand(site, sue):
    chat = await site.chat(said="")
    for n in range(70):
        await say(chat, f"line {n:03}", later=timedelta(seconds=n))
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert "line 069" in page
    assert "line 019" not in page
    more = await (await sue.part(f"/console/inbox/{chat.id}/thread?messages=100")).text()
    assert "line 000" in more


async def test_names_messages_and_file_names_cannot_run_script(site, sue):
    nasty = '<img src=x onerror="alert(1)">\'";</script><script>alert(2)</script>'
    chat = await site.chat(nasty, said=nasty)
    file = await say(chat, "", kind="file", later=timedelta(seconds=1))
    await attach(chat, file, "file", name=nasty, content_type="text/html", storage_key="x")
    await site.db.screens.execute(
        "INSERT INTO tag (id, workspace_id, name) VALUES ($1, $2, $3)",
        tag := uuid7(),
        site.house,
        nasty[:60],
    )
    await site.db.screens.execute(
        "INSERT INTO contact_tag (contact_id, tag_id, at) VALUES ($1, $2, now())", chat.contact, tag
    )
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


async def test_a_link_in_a_message_opens_apart_and_never_as_script(site, sue):
    chat = await site.chat(said="see https://tea.example/a and javascript:alert(1)")
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert 'href="https://tea.example/a" rel="nofollow noopener noreferrer" target="_blank"' in page
    assert 'href="javascript' not in page


async def test_a_page_of_the_list_is_one_statement_whatever_its_length(site, sue):
    """Lesson 11: no query a row, no list of all messages."""
    for n in range(12):
        await site.chat(f"Customer {n}")
    await sue.part("/console/inbox/list?part=rows")
    with seen_by(site.db) as seen:
        await sue.part("/console/inbox/list?part=rows")
    assert len([query for query in seen if "FROM conversation" in query]) == 1
    assert len(seen) <= 2


async def test_no_key_and_no_button_leads_to_coupons_where_they_are_switched_off(site, sue):
    chat = await site.chat()
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert "<kbd>c</kbd>" in page
    assert 'data-role="coupon-open"' in page
    await site.db.screens.execute(
        "UPDATE workspace SET features = $2 WHERE id = $1", site.house, {"coupons": False}
    )
    page = await sue.text(f"/console/inbox/{chat.id}")
    assert "<kbd>c</kbd>" not in page
    assert 'data-role="coupon-open"' not in page
