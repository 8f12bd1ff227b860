"""Search: substrings in any writing, kept in step with what was said, edited, taken back and renamed."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from conversations import search_index
from conversations.actions.amend import amend
from conversations.actions.receive import receive
from conversations.actions.tag import TagPut, put_tags
from conversations.channel import Kind
from conversations.search import search
from conversations.search_index import follow, rebuild
from runtime.live import Change, publish
from tests.agent_console.chats import add_chat, say
from tests.factories import Customer, an_account, write
from tests.feed import all_visible


@pytest.fixture
async def account(db, keyring, clock):
    return await an_account(db, keyring, clock)


@pytest.fixture
async def filed(db, clock, account):
    """Search for a term once everything written so far has been filed."""
    await rebuild(db, clock.now())

    async def look(text):
        await all_visible(db)
        while (done := await follow(db, clock.now())) and done.more:
            continue
        assert done is not None
        return await search(db, account.workspace_id, text)

    return look


async def change(db, clock, event):
    """Receive an event that changes a message."""
    async with db.transaction() as tx:
        await amend(tx, await receive(tx, [event], clock.now()), clock.now())


def said(found):
    return ["".join(one.excerpt) for one in found.messages]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("我想問週年慶什麼時候開始", "年慶"),
        ("我想問週年慶什麼時候開始", "週年慶什麼"),
        ("ありがとうございます", "とうご"),
        ("ขอบคุณครับ", "คุณ"),
        ("What is the PRICE?", "price"),
        ("ＰＲＩＣＥ", "price"),
        ("price", "ＰＲ"),
        ("50% off_now \\o/", "50% off_"),
        ("see you ☕️🎉", "☕️🎉"),
        ("order zq", "zq"),
        ('she said "two, {3}" \\ or NULL', '"two, {3}" \\ or null'),
        ("NULL", "null"),
    ],
)
async def test_a_part_of_a_message_is_found_in_any_writing(db, clock, account, filed, text, term):
    await write(db, clock, Customer(account).says(text, clock.now()))
    await write(db, clock, Customer(account, "tom").says("something else", clock.now()))
    assert said(await filed(term)) == [text]


async def test_signs_of_patterns_do_not_match_everything(db, clock, account, filed):
    await write(db, clock, Customer(account).says("nothing of that kind", clock.now()))
    for term in ("%%", "__", "no%kind", "\\\\", "n_thing"):
        assert said(await filed(term)) == []


async def test_words_taken_back_are_not_found_even_before_they_are_taken_out(
    db, clock, account, filed
):
    mei = Customer(account)
    await write(db, clock, mei.says("my secret number", clock.now()))
    assert said(await filed("secret")) == ["my secret number"]
    await change(db, clock, mei.event(clock.now(), Kind.UNSEND, target_message_id="m-mei-1"))
    assert said(await search(db, account.workspace_id, "secret")) == []
    assert said(await filed("secret")) == []
    assert await db.screens.fetchval("SELECT count(*) FROM search_message") == 0


async def test_an_edited_message_is_found_by_its_new_words_alone(db, clock, account, filed):
    mei = Customer(account)
    await write(db, clock, mei.says("two lattes", clock.now()))
    assert said(await filed("lattes")) == ["two lattes"]
    later = clock.now() + timedelta(seconds=5)
    edit = {"target_message_id": "m-mei-1", "text": "three mochas"}
    await change(db, clock, mei.event(later, Kind.EDIT, **edit))
    assert said(await search(db, account.workspace_id, "lattes")) == []
    assert said(await filed("mochas")) == ["three mochas"]


async def test_customers_are_found_by_name_phone_and_email(db, clock, account, filed):
    chat = await add_chat(db, "陳美玲 Mei Chen", clock.now(), account=account)
    await db.screens.execute(
        "UPDATE contact SET phone = '+886912345678', email = 'Mei.Chen@Mail.example' WHERE id = $1",
        chat.contact,
    )
    await rebuild(db, clock.now())
    for term, source in {
        "美玲": "name",
        "陳": "name",
        "mei ch": "name",
        "0912-345": "phone",
        "12345": "phone",
        "chen@mail": "email",
    }.items():
        [hit] = (await filed(term)).people
        assert (hit.id, hit.source) == (chat.id, source), term
    assert (await filed("林")).people == []


async def test_a_new_name_takes_the_place_of_the_old(db, clock, account, filed):
    mei = Customer(account, profile_name="Old Name")
    await write(db, clock, mei.says("hi", clock.now()))
    assert len((await filed("old na")).people) == 1
    await db.screens.execute("UPDATE contact SET name = 'New Name'")
    assert (await search(db, account.workspace_id, "old na")).people == []
    await write(db, clock, mei.says("again", clock.now()))
    assert len((await filed("new na")).people) == 1
    assert (await filed("old na")).people == []


async def test_tags_are_found_by_a_part_of_their_name(db, clock, account, filed):
    chat = await add_chat(db, "Mei", clock.now(), account=account)
    async with db.transaction() as tx:
        await put_tags(
            tx, [TagPut(account.workspace_id, chat.contact, "週年慶VIP", "member")], clock.now()
        )
    assert [name for _, name in (await filed("年慶v")).tags] == ["週年慶VIP"]


async def test_notes_are_found_and_named_so_and_the_trail_is_not(db, clock, account, filed):
    chat = await add_chat(db, "Mei", clock.now(), account=account, said="")
    await say(chat, "allergic to nuts", kind="note", direction="own", author="member")
    await say(chat, "allergic words of a trail", kind="activity", direction="own", author="system")
    await rebuild(db, clock.now())
    [hit] = (await filed("allergic")).messages
    assert (hit.source, "".join(hit.excerpt)) == ("note", "allergic to nuts")


async def test_a_conversation_stands_once_with_its_newest_hit(db, clock, account, filed):
    chat = await add_chat(db, "Mei", clock.now(), account=account, said="latte one")
    await say(chat, "latte two")
    await add_chat(db, "Tom", clock.now(), account=account, said="latte three")
    await rebuild(db, clock.now())
    found = await filed("latte")
    assert said(found) == ["latte three", "latte two"]
    assert [one.more for one in found.messages] == [0, 1]
    assert not found.messages_cut


async def test_a_long_list_is_cut_and_says_so(db, clock, account, filed):
    for n in range(52):
        await add_chat(db, f"Mei {n:02}", clock.now(), account=account, said=f"latte {n:02}")
    await rebuild(db, clock.now())
    found = await filed("latte")
    assert (len(found.messages), found.messages_cut) == (50, True)
    assert said(found)[0] == "latte 51"
    found = await filed("mei")
    assert (len(found.people), found.people_cut) == (50, True)


async def test_batches_are_searched_from_the_newest_back_to_the_first(
    db, clock, account, filed, monkeypatch
):
    monkeypatch.setattr(search_index, "BATCH_BITS", 1)
    monkeypatch.setattr("conversations.search.BATCH_BITS", 1)
    for n in range(9):
        await add_chat(db, f"c{n}", clock.now(), account=account, said=f"latte {n}")
    await rebuild(db, clock.now())
    assert said(await filed("latte")) == [f"latte {n}" for n in reversed(range(9))]


async def test_a_single_character_is_looked_for_in_the_newest_messages(db, clock, account, filed):
    await write(db, clock, Customer(account).says("請問有茶嗎", clock.now()))
    found = await filed("茶")
    assert said(found) == ["請問有茶嗎"]
    assert found.newest_only
    assert (await filed("a")).too_short
    assert (await filed("%")).too_short


@pytest.mark.parametrize("text", ["", "   ", "\0", "\ud800", "\u3000\n"])
async def test_nothing_is_looked_for_when_nothing_was_entered(filed, text):
    assert await filed(text) == msgspec.structs.replace(await filed(""), term="")


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "週" * 10_000, "\0a\0b", "a\ud800b", "🎉" * 300, "'\";--"]
)
async def test_hostile_terms_find_nothing_and_break_nothing(db, clock, account, filed, text):
    await write(db, clock, Customer(account).says("hello", clock.now()))
    assert said(await filed(text)) == []


async def test_another_workspace_finds_nothing_of_ours(db, clock, keyring, account, filed):
    await add_chat(db, "Mei Lin", clock.now(), account=account, said="our secret")
    await rebuild(db, clock.now())
    rival = await an_account(db, keyring, clock, "whatsapp")
    for term in ("secret", "mei", "茶"):
        found = await search(db, rival.workspace_id, term)
        assert (found.people, found.messages, found.tags) == ([], [], [])


async def test_a_follower_that_lost_its_place_says_so(db, clock, account):
    assert await follow(db, clock.now()) is None
    await rebuild(db, clock.now())
    assert await follow(db, clock.now()) is not None


async def test_filing_again_changes_nothing(db, clock, account, filed):
    await write(db, clock, Customer(account, profile_name="Mei").says("latte", clock.now()))
    await filed("latte")
    before = await db.screens.fetch("SELECT xmin, * FROM search_message")
    lines = await db.screens.fetch("SELECT xmin, * FROM search_contact")
    assert await rebuild(db, clock.now()) == 1
    assert await db.screens.fetch("SELECT xmin, * FROM search_message") == before
    assert await db.screens.fetch("SELECT xmin, * FROM search_contact") == lines


async def test_what_is_told_again_of_a_message_files_nothing_anew(db, clock, account, filed):
    await write(db, clock, Customer(account, profile_name="Mei").says("latte", clock.now()))
    await filed("latte")
    stands = "SELECT xmin, * FROM search_message"
    before = await db.screens.fetch(stands)
    [row] = await db.screens.fetch("SELECT id, conversation_id FROM message")
    told = {"message": str(row["id"])}
    async with db.transaction() as tx:
        change = Change(account.workspace_id, "message", row["conversation_id"], told)
        await publish(tx, [change, change], clock.now())
    await filed("latte")
    assert await db.screens.fetch(stands) == before


async def test_only_customers_who_were_changed_are_filed_with_a_message(db, clock, account, filed):
    mei, tom = (Customer(account, one, profile_name=one) for one in ("mei", "tom"))
    await write(db, clock, mei.says("hi", clock.now()))
    await write(db, clock, tom.says("hi", clock.now()))
    await filed("hi")
    await db.screens.execute("TRUNCATE search_contact")
    await db.screens.execute("UPDATE contact SET name = 'tomas' WHERE name = 'tom'")
    await write(db, clock, mei.says("again", clock.now()))
    await write(db, clock, tom.says("again", clock.now()))
    assert len((await filed("again")).messages) == 2
    assert [r["body"] for r in await db.screens.fetch("SELECT body FROM search_contact")] == [
        "tomas"
    ]


async def test_a_name_that_was_changed_early_and_committed_late_is_found(db, clock, account, filed):
    mei = Customer(account, profile_name="Old Name")
    await write(db, clock, mei.says("hi", clock.now()))
    await filed("hi")
    [chat] = await db.screens.fetch("SELECT id, contact_id FROM conversation")
    async with db.transaction(db.lanes) as slow:
        await slow.execute("UPDATE contact SET name = 'New Name'")
        detail = {"contact": str(chat["contact_id"])}
        change = Change(account.workspace_id, "conversation", chat["id"], detail)
        await publish(slow, [change], clock.now())
        await write(db, clock, Customer(account, "tom").says("meanwhile", clock.now()))
        await follow(db, clock.now())
    assert len((await filed("new na")).people) == 1
    assert (await filed("old na")).people == []


async def test_a_round_cut_off_midway_files_everything_the_next_time(db, clock, account, filed):
    for n in range(3):
        await write(db, clock, Customer(account, f"c{n}").says(f"words {n}", clock.now()))
    run = db.screens.execute
    await run("ALTER TABLE search_cursor ADD CONSTRAINT cut CHECK (name = '') NOT VALID")
    with pytest.raises(Exception, match="cut"):
        await filed("words")
    assert await db.screens.fetchval("SELECT count(*) FROM search_message") == 0
    await run("ALTER TABLE search_cursor DROP CONSTRAINT cut")
    assert sorted(said(await filed("words"))) == ["words 0", "words 1", "words 2"]


async def test_no_list_of_new_words_is_left_for_searches_to_read_through(db, clock, account, filed):
    for n in range(20):
        await write(db, clock, Customer(account, f"c{n}").says(f"words {n}", clock.now()))
    await filed("words")
    assert await db.screens.fetchval(search_index.SWEEP) == 0
