"""What the feed tells becomes events: each once, in order, frozen as it was, without secrets."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from conversations.actions.assign import Assignment, assign
from conversations.actions.block import Blocking, block, unblock
from conversations.actions.close import close
from conversations.actions.merge_contacts import Merge, tell_of_merge
from conversations.actions.take_over import take_over
from conversations.actions.trail import Act
from conversations.channel import Kind as Heard
from coupons.actions.open_claim import open_claim
from coupons.actions.void import void
from gateway.hooks.gatherer import Gatherer
from runtime.ids import uuid7
from runtime.live import Change, publish
from team.webhooks.kinds import CHOICES
from team.webhooks.manage import Wanted, add, change
from tests.coupons.counter import Counter
from tests.coupons.shop import Shop
from tests.factories import Customer, a_workspace, write
from tests.gateway.hooks.conftest import House
from tests.gateway.hooks.described import described


async def queued(house):
    rows = await house.db.screens.fetch("SELECT kind, body FROM webhook_event ORDER BY seq")
    return [(row["kind"], described(row["kind"], row["body"])["data"]) for row in rows]


async def kinds(house):
    return [kind for kind, _ in await queued(house)]


async def test_the_first_message_of_somebody_new_tells_of_the_contact_too(house):
    await house.hook()
    await house.says("hello", "again")
    await house.gather()
    told = await queued(house)
    assert [kind for kind, _ in told] == ["contact.created", "message.received", "message.received"]
    message, talk = told[1][1]["message"], told[1][1]["conversation"]
    assert (message["text"], message["from"], message["type"]) == ("hello", "contact", "text")
    assert (talk["channel"], talk["account"], talk["status"]) == ("line", "demo", "bot")
    assert talk["contact"] == {"id": told[0][1]["contact"]["id"], "name": ""}


async def test_following_and_blocking_are_no_messages(house):
    await house.hook("message.received")
    await write(house.db, house.clock, house.mei.event(house.clock.now(), Heard.FOLLOW))
    await house.gather()
    assert await kinds(house) == []


async def test_a_conversation_given_away_and_closed_is_told_with_who_did_it(house):
    await house.hook("conversation.assigned", "conversation.closed")
    [talk] = await house.says("hello")
    async with house.db.transaction() as tx:
        now = house.clock.now()
        await take_over(tx, house.workspace, talk, house.ann, now)
        given = Assignment(
            workspace_id=house.workspace, conversation_id=talk, to=house.ann, by=house.ann
        )
        await assign(tx, given, now)
        await close(tx, house.workspace, talk, house.ann, now)
    await house.gather()
    await house.gather()
    told = await queued(house)
    acts = [(kind, data["act"]["how"]) for kind, data in told]
    assert acts[0] == ("conversation.assigned", "taken_over")
    assert acts[-1] == ("conversation.closed", "closed")
    assert told[-1][1]["act"]["by_member_id"] == str(house.ann)
    assert told[-1][1]["conversation"]["status"] == "closed"
    assert len(acts) == len(set(acts))


async def test_a_customer_blocked_in_all_their_conversations_is_told_of_once(house):
    await house.hook("contact.blocked", "contact.unblocked")
    await house.says("hello")
    who = Blocking(
        workspace_id=house.workspace,
        contact_id=await house.value("SELECT id FROM contact"),
        member_id=house.ann,
    )
    for act in (block, unblock):
        async with house.db.transaction() as tx:
            await act(tx, who, house.clock.now())
        await house.gather()
        await house.gather()
    told = [(kind, data["act"]["by_member_id"]) for kind, data in await queued(house)]
    assert told == [("contact.blocked", str(house.ann)), ("contact.unblocked", str(house.ann))]


async def test_merged_customers_are_told_with_who_stays_and_who_does_not(house):
    await house.hook("contact.merged")
    tom = Customer(house.account, "tom")
    await house.says("hello")
    await house.says("hi", who=tom)
    kept, gone = [
        row["id"] for row in await house.db.screens.fetch("SELECT id FROM contact ORDER BY id")
    ]
    merge = Merge(workspace_id=house.workspace, kept_id=kept, gone_id=gone, by=house.ann)
    async with house.db.transaction() as tx:
        await tx.execute("UPDATE conversation SET contact_id = $1", kept)
        await tell_of_merge(tx, merge, Act.MERGED, ("Tom", "Mei"), house.clock.now())
    await house.gather()
    [(kind, data)] = await queued(house)
    assert kind == "contact.merged"
    assert (data["contact"]["id"], data["merged_id"]) == (str(kept), str(gone))


async def test_separated_customers_are_told_once_with_who_stays_and_who_is_back(house):
    await house.hook("contact.separated")
    tom = Customer(house.account, "tom")
    await house.says("hello")
    await house.says("hi", who=tom)
    kept, gone = [
        row["id"] for row in await house.db.screens.fetch("SELECT id FROM contact ORDER BY id")
    ]
    merge = Merge(workspace_id=house.workspace, kept_id=kept, gone_id=gone, by=house.ann)
    async with house.db.transaction() as tx:
        await tell_of_merge(tx, merge, Act.SEPARATED, ("Tom", "Mei"), house.clock.now())
    await house.gather()
    [(_, data)] = await queued(house)
    assert data["contact"] == {"id": str(kept), "name": "Mei"}
    assert data["separated"] == {"id": str(gone), "name": "Tom"}
    assert data["act"]["by_member_id"] == str(house.ann)


async def test_of_an_erased_person_no_parting_is_told_any_more(house):
    await house.hook("contact.separated")
    await house.says("hello")
    kept = await house.value("SELECT id FROM contact")
    merge = Merge(workspace_id=house.workspace, kept_id=kept, gone_id=uuid7(), by=house.ann)
    async with house.db.transaction() as tx:
        await tell_of_merge(tx, merge, Act.SEPARATED, ("Tom", "Mei"), house.clock.now())
        await tx.execute("UPDATE message SET content = '{}' WHERE kind = 'activity'")
    await house.gather()
    assert await queued(house) == []


async def test_what_became_of_a_sent_message_is_told_once_however_often_it_moves_on(house):
    await house.hook("message.sent", "message.failed")
    [talk] = await house.says("hello")
    async with house.db.transaction() as tx:
        message = await tx.fetchval(
            "INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, kind, text, state,"
            " provider_at, received_at) SELECT gen_random_uuid(), workspace_id, id, account_id, 'out', 'bot', 'text',"
            " 'hi', 'queued', $2, $2 FROM conversation WHERE id = $1 RETURNING id",
            *(talk, house.clock.now()),
        )
    for state in ("queued", "sending", "unknown", "sent", "delivered", "read"):
        async with house.db.transaction() as tx:
            await tx.execute("UPDATE message SET state = $2 WHERE id = $1", message, state)
            moved = Change(house.workspace, "message", talk, {"message": str(message)})
            await publish(tx, [moved], house.clock.now())
        await house.gather()
    told = [(kind, data["message"]["state"]) for kind, data in await queued(house)]
    assert told == [("message.failed", "unknown"), ("message.sent", "sent")]


async def test_a_receipt_for_an_old_message_is_no_news(house):
    await house.hook("message.received")
    await house.says("hello")
    await house.gather()
    await house.db.screens.execute("DELETE FROM webhook_event")
    house.clock.advance(timedelta(days=4))
    async with house.db.transaction() as tx:
        row = await tx.fetchrow("SELECT id, conversation_id FROM message WHERE direction = 'in'")
        moved = {"message": str(row["id"])}
        change_ = Change(house.workspace, "message", row["conversation_id"], moved)
        await publish(tx, [change_], house.clock.now())
    await house.gather()
    assert await kinds(house) == []


async def test_a_body_stays_as_it_was_when_it_happened(house):
    await house.hook("message.received")
    await house.says("as it was")
    await house.gather()
    await house.db.screens.execute("UPDATE message SET text = 'changed'")
    house.receiver.answers.append(500)
    await house.tell()
    house.clock.advance(timedelta(hours=1))
    await house.tell()
    texts = [got.event["data"]["message"]["text"] for got in house.receiver.got]
    assert texts == ["as it was", "as it was"]


async def test_an_address_is_told_only_of_its_workspace_and_of_what_it_asked_for_from_then_on(
    house,
):
    rival = await a_workspace(house.db, house.clock, "Rival")
    wanted = Wanted(name="Theirs", url="https://rival.example/", kinds=[str(k) for k in CHOICES])
    async with house.db.transaction() as tx:
        await add(tx, house.keyring, rival, wanted, house.clock.now(), by=house.ann)
    await house.says("before anybody asked")
    await house.gather()
    house.clock.advance(timedelta(seconds=1))
    which = await house.hook("conversation.closed")
    await house.says("a kind nobody asked for")
    await house.gather()
    assert await kinds(house) == []
    house.clock.advance(timedelta(seconds=1))
    both = Wanted(
        name="Till",
        url=f"{house.receiver.origin}/x",
        kinds=["message.received", "conversation.closed"],
        exempt=[house.receiver.origin],
    )
    async with house.db.transaction() as tx:
        await change(tx, which, both, house.clock.now())
    await house.says("now it counts")
    await house.gather()
    assert [data["message"]["text"] for _, data in await queued(house)] == ["now it counts"]


async def test_a_round_cut_off_midway_queues_nothing_and_the_next_queues_all_once(
    house, monkeypatch
):
    await house.hook("message.received")
    await house.says("one", "two")
    real = Gatherer._take

    async def broken(self, tx, events):
        await real(self, tx, events)
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(Gatherer, "_take", broken)
        with pytest.raises(ConnectionResetError):
            await house.gather()
    assert await kinds(house) == []
    await house.gather()
    assert await kinds(house) == ["message.received", "message.received"]


async def test_several_workers_queue_each_event_once(house):
    await house.hook("message.received")
    await house.says(*"abcdefghij")
    others = [Gatherer(house.db, house.clock, house.live, house.supervisor) for _ in range(4)]
    for _ in range(5):
        await asyncio.gather(*(one.round() for one in others))
    await house.gather()
    assert len(await kinds(house)) == 10


async def test_while_nobody_is_told_anything_the_feed_is_not_read_but_followed(house):
    await house.says("nobody hears this")
    house.clock.advance(timedelta(minutes=2))
    await house.gather()
    await house.hook("message.received")
    await house.says("but this")
    await house.gather()
    assert [data["message"]["text"] for _, data in await queued(house)] == ["but this"]


async def test_a_round_says_whether_there_is_anybody_to_tell(house):
    assert await house.gatherer.round() is None
    await house.hook("message.received")
    assert await house.gatherer.round() is not None


async def test_after_days_away_what_is_still_kept_is_told(house):
    await house.hook("message.received")
    long_ago = house.clock.now() - timedelta(days=3)
    await house.db.screens.execute(
        "UPDATE webhook_cursor SET xid = 1, feed_id = 0, at = $1", long_ago
    )
    await house.says("the first one kept is not the first there was")
    await house.db.screens.execute("DELETE FROM feed")
    await house.says("while away")
    with capture_logs():
        await house.gather()
    assert [data["message"]["text"] for _, data in await queued(house)] == ["while away"]


async def test_the_life_of_a_claim_is_told_and_holds_nothing_that_redeems_it(
    db, dsn, clock, keyring
):
    counter = Counter(await Shop(db, clock, keyring).build())
    shop = counter.shop
    house = House(db, dsn, clock, keyring)
    house.gatherer = Gatherer(db, clock, house.live, house.supervisor)
    await house.gather()
    wanted = Wanted(
        name="Books",
        url="https://books.example/",
        kinds=[str(kind) for kind in CHOICES if kind.startswith("claim.")],
    )
    async with db.transaction() as tx:
        await add(tx, keyring, shop.workspace, wanted, clock.now(), by=shop.members["ann"])
    coupon = await shop.coupon(redeem_mode="pin")
    claim = await counter.issue(coupon=coupon)
    async with db.transaction() as tx:
        await open_claim(tx, claim.id, clock.now())
    for _ in range(2):
        assert (await counter.redeem(claim)).refusal is None
        assert (await counter.undo(claim)).refusal is None
    async with db.transaction() as tx:
        await void(tx, shop.workspace, [claim.id], shop.members["ann"], clock.now())
    await house.gather()
    told = await queued(house)
    words = [kind.removeprefix("claim.") for kind, _ in told]
    again = ["redeemed", "undone"]
    assert words == ["issued", "opened", *again, *again, "voided"]
    till = told[2][1]["claim"]["redemption"]
    assert till["store"]["name"] == "Xinyi"
    row = await house.row("SELECT number, token, code FROM claim")
    bodies = json.dumps([data for _, data in told])
    assert not [secret for secret in row.values() if secret and secret in bodies]


async def test_test_claims_are_not_told(db, dsn, clock, keyring):
    shop = await Shop(db, clock, keyring).build()
    house = House(db, dsn, clock, keyring)
    house.gatherer = Gatherer(db, clock, house.live, house.supervisor)
    await house.gather()
    wanted = Wanted(name="Books", url="https://books.example/", kinds=["claim.issued"])
    async with db.transaction() as tx:
        await add(tx, keyring, shop.workspace, wanted, clock.now(), by=shop.members["ann"])
    coupon = await shop.coupon()
    await shop.claim(coupon, await shop.customer())
    await db.screens.execute("UPDATE claim SET test = true")
    await shop.claim(coupon, await shop.customer())
    await house.gather()
    assert len(await queued(house)) == 1
