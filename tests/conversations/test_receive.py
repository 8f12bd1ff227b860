"""What a customer does becomes rows, once, in order, under the right person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.actions.amend import amend
from conversations.actions.receive import receive
from conversations.channel import Attachment, Chat, Kind, MessageType
from tests.factories import Customer, an_account, write


@pytest.fixture
async def account(db, keyring, clock):
    return await an_account(db, keyring, clock)


async def conversations(db):
    return await db.screens.fetch("SELECT * FROM conversation ORDER BY created_at, id")


async def texts(db, conversation):
    rows = await db.screens.fetch(
        "SELECT text FROM message WHERE conversation_id = $1 ORDER BY provider_at, seq",
        conversation,
    )
    return [row["text"] for row in rows]


async def test_a_first_message_makes_one_contact_one_conversation_one_message(db, account, clock):
    mei = Customer(account)
    await write(db, clock, mei.says("hello", clock.now()), mei.says("again", clock.now()))
    [conversation] = await conversations(db)
    assert await texts(db, conversation["id"]) == ["hello", "again"]
    assert (conversation["unread"], conversation["last_text"]) == (2, "again")
    assert await db.screens.fetchval("SELECT count(*) FROM contact") == 1


async def test_a_thread_is_ordered_by_the_platforms_time_not_by_arrival(db, account, clock):
    """Lesson 5: however late it came, a message stands where it was said."""
    mei = Customer(account)
    late = mei.says("first", clock.now() - timedelta(minutes=5))
    await write(db, clock, mei.says("second", clock.now()), late)
    [conversation] = await conversations(db)
    assert await texts(db, conversation["id"]) == ["first", "second"]
    assert conversation["last_at"] == clock.now()


async def test_a_time_in_the_future_is_not_believed(db, account, clock):
    mei = Customer(account)
    event = mei.says("hello", clock.now(), timestamp_ms=4_102_444_800_000)
    await write(db, clock, event)
    assert await db.screens.fetchval("SELECT provider_at FROM message") == clock.now()


async def test_phone_number_and_business_scoped_id_are_one_person(db, keyring, clock):
    account = await an_account(db, keyring, clock, "whatsapp")
    both = Customer(account, "+886912000321", alt_external_id="TW.134")
    hidden = Customer(account, "TW.134")
    await write(db, clock, both.says("hi", clock.now()), hidden.says("me again", clock.now()))
    [conversation] = await conversations(db)
    assert conversation["address"] == "TW.134"
    assert await db.screens.fetchval("SELECT count(*) FROM contact") == 1
    assert await db.screens.fetchval("SELECT phone FROM contact") == "+886912000321"


async def test_a_group_is_a_conversation_of_its_own_without_a_contact(db, account, clock):
    mei = Customer(account)
    group = Chat("group", "C123")
    await write(
        db, clock, mei.says("in private", clock.now()), mei.says("to all", clock.now(), chat=group)
    )
    rows = {row["chat_type"]: row for row in await conversations(db)}
    assert rows["group"]["contact_id"] is None
    assert rows["group"]["address"] == "C123"
    assert rows["group"]["customer_at"] is None
    assert await texts(db, rows["direct"]["id"]) == ["in private"]


async def test_a_closed_conversation_reopens_with_the_bot(db, account, clock):
    mei = Customer(account)
    [first] = await write(db, clock, mei.says("hello", clock.now()))
    await db.screens.execute("UPDATE conversation SET status = 'closed'")
    [again] = await write(db, clock, mei.says("hello again", clock.now()))
    assert again.conversation_id == first.conversation_id
    assert again.status == "bot"
    assert (await conversations(db))[0]["status"] == "bot"


async def test_unknown_kinds_are_kept_and_shown_but_not_counted_as_unread(db, account, clock):
    mei = Customer(account)
    await write(db, clock, mei.event(clock.now(), Kind.UNKNOWN))
    [conversation] = await conversations(db)
    assert conversation["unread"] == 0
    assert await db.screens.fetchval("SELECT kind FROM message") == "unknown"


async def test_events_that_name_nobody_write_nothing(db, account, clock):
    nobody = Customer(account, None)
    assert await write(db, clock, nobody.event(clock.now(), Kind.UNKNOWN)) == []
    assert await conversations(db) == []


async def test_an_unsent_message_loses_its_words_and_files(db, account, clock):
    mei = Customer(account)
    photo = (Attachment(type="image", url="https://cdn.example/1.jpg"),)
    said = mei.event(clock.now(), message_type=MessageType.IMAGE, attachments=photo, text="secret")
    await write(db, clock, said)
    gone = mei.event(clock.now(), Kind.UNSEND, target_message_id=said.inbound.external_message_id)
    handled = await write(db, clock, gone)
    async with db.transaction() as tx:
        await amend(tx, handled, clock.now())
    row = await db.screens.fetchrow("SELECT text, content, unsent_at FROM message")
    assert (row["text"], row["content"]) == ("", None)
    assert row["unsent_at"] is not None
    assert await db.screens.fetchval("SELECT state FROM attachment") == "skipped"
    assert (await conversations(db))[0]["last_text"] == "[unsent]"


async def test_an_unsend_that_overtakes_its_message_still_hides_it(db, account, clock):
    mei = Customer(account)
    photo = (Attachment(type="image", url="https://cdn.example/1.jpg"),)
    said = mei.says("secret", clock.now(), attachments=photo)
    gone = mei.event(clock.now(), Kind.UNSEND, target_message_id=said.inbound.external_message_id)
    async with db.transaction() as tx:
        await amend(tx, await receive(tx, [gone], clock.now()), clock.now())
    await write(db, clock, said)
    rows = await db.screens.fetch("SELECT kind, text, unsent_at FROM message")
    assert all(row["unsent_at"] for row in rows)
    assert "secret" not in [row["text"] for row in rows]
    assert (await conversations(db))[0]["last_text"] == "[unsent]"
    assert await db.screens.fetchval("SELECT count(*) FROM attachment") == 0


async def test_unsending_an_older_message_leaves_the_latest_words_in_the_list(db, account, clock):
    mei = Customer(account)
    said = mei.says("secret", clock.now())
    await write(db, clock, said, mei.says("see you", clock.now()))
    gone = mei.event(clock.now(), Kind.UNSEND, target_message_id=said.inbound.external_message_id)
    async with db.transaction() as tx:
        await amend(tx, await receive(tx, [gone], clock.now()), clock.now())
    assert (await conversations(db))[0]["last_text"] == "see you"


async def test_of_two_edits_out_of_order_the_later_one_stands(db, account, clock):
    mei = Customer(account)
    said = mei.says("helo", clock.now())
    target = said.inbound.external_message_id
    later = mei.event(
        clock.now() + timedelta(seconds=2), Kind.EDIT, target_message_id=target, text="hello!"
    )
    sooner = mei.event(
        clock.now() + timedelta(seconds=1), Kind.EDIT, target_message_id=target, text="hello"
    )
    await write(db, clock, said)
    async with db.transaction() as tx:
        for event in (later, sooner):
            await amend(tx, await receive(tx, [event], clock.now()), clock.now())
    assert await db.screens.fetchval("SELECT text FROM message") == "hello!"
    [earlier] = (await db.screens.fetchval("SELECT content FROM message"))["earlier"]
    assert earlier["text"] == "helo"


async def test_of_very_many_edits_the_latest_words_are_kept_until_it_is_unsent(db, account, clock):
    mei = Customer(account)
    said = mei.says("0", clock.now())
    target = said.inbound.external_message_id
    await write(db, clock, said)
    for n in range(1, 24):
        at = clock.now() + timedelta(seconds=n)
        event = mei.event(at, Kind.EDIT, target_message_id=target, text=str(n))
        async with db.transaction() as tx:
            await amend(tx, await receive(tx, [event], clock.now()), clock.now())
    earlier = (await db.screens.fetchval("SELECT content FROM message"))["earlier"]
    assert [one["text"] for one in earlier] == [str(n) for n in range(3, 23)]
    gone = mei.event(clock.now() + timedelta(minutes=1), Kind.UNSEND, target_message_id=target)
    async with db.transaction() as tx:
        await amend(tx, await receive(tx, [gone], clock.now()), clock.now())
    assert await db.screens.fetchval("SELECT content FROM message") is None


async def test_a_reaction_is_put_changed_and_taken_back(db, account, clock):
    mei = Customer(account)
    said = mei.says("hello", clock.now())
    target = said.inbound.external_message_id
    await write(db, clock, said)
    seen = []
    for action, emoji in (("react", "❤"), ("react", "👍"), ("unreact", "👍")):
        event = mei.event(
            clock.now(), Kind.REACTION, target_message_id=target, action=action, emoji=emoji
        )
        async with db.transaction() as tx:
            await amend(tx, await receive(tx, [event], clock.now()), clock.now())
        seen.append([row["emoji"] for row in await db.screens.fetch("SELECT emoji FROM reaction")])
    assert seen == [["❤"], ["👍"], []]


async def test_standby_events_are_kept_but_lend_no_reply_token(db, account, clock):
    mei = Customer(account)
    await write(db, clock, mei.says("hello", clock.now(), mode="standby", reply_token="token"))
    [conversation] = await conversations(db)
    assert conversation["reply_token"] == ""


async def test_a_wave_of_many_new_customers_is_written_in_one_go(db, account, clock):
    wave = [Customer(account, f"customer {n}").says("hi", clock.now()) for n in range(128)]
    async with db.transaction() as tx:
        handled = await receive(tx, wave, clock.now())
    assert len({one.conversation_id for one in handled}) == 128
    assert await db.screens.fetchval("SELECT count(*) FROM feed WHERE kind = 'message'") == 128
