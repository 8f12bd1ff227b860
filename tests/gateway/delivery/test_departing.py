"""Sends that are begun by the transaction that posts them, at a real small platform."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from conversations.actions.post import NewMessage, post
from conversations.content import Text
from conversations.departing import departing
from gateway.delivery import LEASE
from tests.factories import CHANNELS

ROWS = "SELECT state, attempts, epoch, method, reply_token, lease_until IS NOT NULL AS leased FROM outbox ORDER BY id"
TOKEN = "SELECT reply_token, reply_token_at FROM conversation WHERE id = $1"


def plenty(_account):
    return 100


async def leave(shop, conversation, *texts, room=plenty, queue="bot", then=lambda _: None):
    """Post texts in a transaction whose sends depart with it; returns what does."""
    rows = [
        NewMessage(conversation_id=conversation, content=Text(text), queue=queue) for text in texts
    ]
    async with shop.db.transaction() as tx:
        with departing(tx, room, Counter(), LEASE) as departures:
            await post(tx, rows, CHANNELS, shop.clock.now())
            then(departures)
    return departures


async def test_what_departs_is_begun_with_its_posting_and_called_without_being_fetched(
    shop, platform, deliver
):
    conversation = await shop.conversation(await shop.account("line"), token="free")
    left = await leave(shop, conversation, "a", "b")
    assert not left.queued
    rows = await shop.db.screens.fetch(ROWS)
    assert [tuple(row) for row in rows] == [(1, 1, 1, "reply", "free", True)] * 2
    assert tuple(await shop.db.screens.fetchrow(TOKEN, conversation)) == ("", None)
    deliverer = await deliver()
    deliverer.fly(left.calls)
    await shop.until("sent", "sent")
    [call] = platform.taken
    assert (call.path, call.texts) == ("/v2/bot/message/reply", ["a", "b"])
    assert call.body["replyToken"] == "free"
    kept = await shop.db.screens.fetchrow("SELECT * FROM delivery")
    assert (kept["method"], kept["attempts"]) == ("reply", 1)
    assert await shop.db.screens.fetchval("SELECT count(*) FROM outbox") == 0


async def test_who_dies_between_commit_and_call_leaves_what_is_settled_and_sent_once(
    shop, platform, deliver
):
    conversation = await shop.conversation(await shop.account("line"), token="free")
    await leave(shop, conversation, "a")
    await shop.end_leases()
    await deliver()
    await shop.until("sent")
    assert [call.body["replyToken"] for call in platform.taken] == ["free"]


async def test_what_rolls_back_leaves_nothing_behind(shop):
    conversation = await shop.conversation(await shop.account("line"), token="free")
    with pytest.raises(ZeroDivisionError):
        await leave(shop, conversation, "a", then=lambda left: 1 / (len(left.calls) - 1))
    assert await shop.db.screens.fetch(ROWS) == []
    assert (await shop.db.screens.fetchrow(TOKEN, conversation))["reply_token"] == "free"


async def test_what_has_something_before_it_waits_for_its_turn(shop, platform, deliver):
    conversation = await shop.conversation(await shop.account("line"), token="free")
    await shop.say(conversation, "a")
    left = await leave(shop, conversation, "b")
    assert (left.calls, left.queued) == ([], True)
    assert [row["state"] for row in await shop.db.screens.fetch(ROWS)] == [0, 0]
    assert (await shop.db.screens.fetchrow(TOKEN, conversation))["reply_token"] == "free"
    await deliver()
    await shop.until("sent", "sent")
    assert platform.said == ["a", "b"]


async def test_more_than_a_call_takes_follows_in_order(shop, platform, deliver):
    conversation = await shop.conversation(await shop.account("line"), token="free")
    left = await leave(shop, conversation, *"abcdefg")
    assert left.queued
    deliverer = await deliver()
    assert platform.taken == []
    deliverer.fly(left.calls)
    await shop.until(*["sent"] * 7)
    assert [call.texts for call in platform.taken] == [list("abcde"), list("fg")]


async def test_where_a_call_takes_one_message_the_second_waits_for_the_first(
    shop, platform, deliver
):
    conversation = await shop.conversation(await shop.account("messenger"))
    left = await leave(shop, conversation, "a", "b")
    assert [row["state"] for row in await shop.db.screens.fetch(ROWS)] == [1, 0]
    deliverer = await deliver()
    deliverer.fly(left.calls)
    await shop.until("sent", "sent")
    assert platform.said == ["a", "b"]


async def test_only_so_many_depart_as_there_is_room_for(shop):
    account = await shop.account("line")
    chats = [await shop.conversation(account, f"U{n}") for n in range(3)]
    rows = [NewMessage(conversation_id=chat, content=Text("a")) for chat in chats]
    async with shop.db.transaction() as tx:
        begun = Counter()
        with departing(tx, lambda asked: 2 - begun[asked], begun, LEASE) as left:
            await post(tx, rows, CHANNELS, shop.clock.now())
    assert (len(left.calls), left.queued) == (2, True)
    assert begun == {account.id: 2}
    assert [row["state"] for row in await shop.db.screens.fetch(ROWS)] == [1, 1, 0]


async def test_a_persons_words_are_fetched_from_their_own_queue(shop):
    conversation = await shop.conversation(await shop.account("line"), token="free")
    left = await leave(shop, conversation, "a", queue="agent")
    assert (left.calls, left.queued) == ([], True)


async def test_a_deliverer_has_no_room_for_who_may_not_send_nor_while_it_stops(shop, deliver):
    account, other = await shop.account("line"), await shop.account("line")
    deliverer = await deliver()
    assert deliverer.room(account.id) > 1
    deliverer._starter.pause(other.id)
    assert deliverer.room(other.id) == 0
    resting = await shop.account("line")
    deliverer._starter.hold(resting.id, 30)
    assert deliverer.room(resting.id) == 0
    deliverer.supervisor.stopping.set()
    assert deliverer.room(account.id) == 0


async def test_what_several_blocks_have_begun_takes_room_from_each_until_it_flies(shop, deliver):
    account, other = await shop.account("line"), await shop.account("line")
    deliverer = await deliver()
    free, most = deliverer.room(account.id), deliverer.at_once["bot"]
    with deliverer.expecting() as mine, deliverer.expecting() as theirs:
        mine[account.id] += 3
        theirs[account.id] += 2
        theirs[other.id] += 1
        assert deliverer.room(account.id) == min(free - 5, most - 6)
        mine[account.id] += most
        assert deliverer.room(other.id) == 0
    assert deliverer.room(account.id) == free


async def test_a_stopping_deliverer_waits_for_what_it_was_told_to_expect(shop, platform, deliver):
    conversation = await shop.conversation(await shop.account("line"), token="free")
    deliverer = await deliver()
    left = await leave(shop, conversation, "a")
    is_idle = deliverer._finisher.idle
    while not is_idle():  # noqa: ASYNC110 (the first look at the outbox ends by itself)
        await asyncio.sleep(0)
    with deliverer.expecting():
        assert not is_idle()
        stopping = asyncio.ensure_future(deliverer.supervisor.stop(30))
        assert await shop.states() == ["queued"]
        deliverer.fly(left.calls)
    await stopping
    assert await shop.states() == ["sent"]
    assert len(platform.taken) == 1
