"""Who was never heard of is written in one step, and looks afterwards as if written in two."""

from __future__ import annotations

import asyncio

import pytest

from conversations.actions import receive as receiving
from conversations.actions.receive import receive
from conversations.channel import Attachment, Kind, MessageType
from runtime.ids import uuid7
from tests.factories import Customer, an_account, write

# What differs between two customers who did the same: keys and order of rows.
OWN = {
    "id",
    "seq",
    "workspace_id",
    "account_id",
    "contact_id",
    "conversation_id",
    "message_id",
    "chat_key",
}
TABLES = ("contact", "channel_identity", "conversation", "message", "attachment")
EVENTS = {
    "words": {"text": "hello", "reply_token": "t-1", "profile_name": "Mei"},
    "standby": {"text": "hello", "reply_token": "t-1", "mode": "standby"},
    "photo": {
        "message_type": MessageType.IMAGE,
        "attachments": (Attachment(type="image", id="1"),),
        "reply_to": "m-0",
    },
    "phone": {"text": "hi", "timestamp_ms": None},
    "follow": {"kind": Kind.FOLLOW, "reply_token": "t-1"},
    "unfollow": {"kind": Kind.UNFOLLOW},
    "postback": {"kind": Kind.POSTBACK, "payload": "quick:1", "text": "Yes"},
    "reaction": {"kind": Kind.REACTION, "emoji": "👍", "target_message_id": "m-0"},
    "referral": {"kind": Kind.REFERRAL, "ref": "poster"},
    "unknown": {"kind": Kind.UNKNOWN},
}


async def rows(db):
    """Return what every table holds, without what is each customer's own."""
    found = {}
    for table in TABLES:
        records = await db.screens.fetch(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608 (fixed)
        found[table] = [{k: v for k, v in r.items() if k not in OWN} for r in records]
    return found


@pytest.mark.parametrize("facts", EVENTS.values(), ids=EVENTS)
async def test_a_stranger_looks_as_if_made_and_then_changed(
    db, keyring, clock, monkeypatch, shared, facts
):
    async def wrote():
        account = await an_account(db, keyring, clock, "whatsapp")
        who = Customer(account, "+886912000321").event(clock.now(), **facts)
        [one] = await write(db, clock, who)
        return await rows(db), (one.status, one.contact_name, one.language, one.unsent)

    at_once = await wrote()
    await shared.empty()
    monkeypatch.setattr(receiving, "is_stranger", lambda *_: False)
    assert await wrote() == at_once


async def test_a_stranger_whose_message_was_unsent_before_it_came_is_not_quoted(db, keyring, clock):
    account = await an_account(db, keyring, clock)
    await write(db, clock, Customer(account, "jo").says("before", clock.now()))
    await db.screens.execute(
        "INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, kind, external_id,"
        " unsent_at, provider_at, received_at) SELECT $1, workspace_id, conversation_id, account_id, 'in', 'contact',"
        " 'unsend', 'm-mei-1', provider_at, provider_at, received_at FROM message",
        uuid7(),
    )
    [mei] = await write(db, clock, Customer(account).says("a secret", clock.now()))
    assert mei.unsent
    assert await db.screens.fetchval("SELECT text FROM message WHERE id = $1", mei.message_id) == ""
    last = "SELECT last_text FROM conversation WHERE id = $1"
    assert await db.screens.fetchval(last, mei.conversation_id) == "[unsent]"


async def test_of_two_first_events_in_one_wave_the_first_is_written(db, keyring, clock):
    mei = Customer(await an_account(db, keyring, clock))
    first, second = mei.says("1", clock.now()), mei.says("2", clock.now())
    async with db.transaction() as tx:
        handled = await receive(tx, [first, second], clock.now())
    assert [one.event for one in handled] == [first]
    assert await db.screens.fetchval("SELECT count(*) FROM contact") == 1


async def test_strangers_and_friends_in_one_wave_keep_their_order(db, keyring, clock):
    account = await an_account(db, keyring, clock)
    friend, group = Customer(account, "jo"), Customer(account, "ann")
    await write(db, clock, friend.says("hello", clock.now()))
    wave = [
        Customer(account, "b").says("1", clock.now()),
        friend.says("2", clock.now()),
        Customer(account, "a", alt_external_id="a2").says("3", clock.now()),
        group.says("4", clock.now()),
    ]
    async with db.transaction() as tx:
        handled = await receive(tx, wave, clock.now())
    assert [one.event for one in handled] == wave


async def test_a_stranger_whom_a_rival_meets_at_the_same_moment_is_one_person(db, keyring, clock):
    mei = Customer(await an_account(db, keyring, clock))
    first, second = mei.says("1", clock.now()), mei.says("2", clock.now())

    async def later():
        async with db.transaction(db.lanes) as tx:
            return await receive(tx, [second], clock.now())

    async with db.transaction() as tx:
        [one] = await receive(tx, [first], clock.now())
        rival = asyncio.ensure_future(later())
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        async with asyncio.timeout(60):
            while not await db.claims.fetchval(waiting):
                assert not rival.done()
                await asyncio.sleep(0)
    [other] = await rival
    assert other.conversation_id == one.conversation_id
    counts = "SELECT (SELECT count(*) FROM contact), (SELECT unread FROM conversation)"
    assert tuple(await db.screens.fetchrow(counts)) == (1, 2)
