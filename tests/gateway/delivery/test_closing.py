"""What the platform took is closed by one statement; what it is not meant for is left as it was."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.close_sent import close_sent
from conversations.outcomes import Verdict, finish
from runtime.ids import uuid7
from runtime.tasks import spawn
from tests.waiting import waiting


@pytest.fixture
async def said(shop):
    """A message that waits to be sent: its outbox row."""
    chat = await shop.conversation(await shop.account("line"))
    await shop.say(chat, "Hello")
    return await shop.db.screens.fetchrow("SELECT * FROM outbox")


async def state(shop):
    """Return outbox rows, the message's and the delivery's state."""
    return (
        await shop.db.screens.fetchval("SELECT count(*) FROM outbox"),
        await shop.db.screens.fetchval("SELECT state FROM message"),
        await shop.db.screens.fetchval("SELECT state FROM delivery ORDER BY position LIMIT 1"),
    )


async def close(shop, row, epoch=0):
    """Close the row as sent; return the ids that were left, and whether more was waiting."""
    verdict = Verdict(id=row["id"], epoch=epoch, kind="sent", external_id="m-1")
    left, more = await close_sent(shop.db.sends, [verdict], shop.clock.now())
    return [one.id for one in left], more


async def test_a_sent_message_is_closed_and_told(shop, said):
    before = await shop.db.screens.fetchval("SELECT count(*) FROM feed")
    assert await close(shop, said) == ([], False)
    assert await state(shop) == (0, "sent", "sent")
    message = await shop.db.screens.fetchrow("SELECT id, external_id, workspace_id FROM message")
    assert message["external_id"] == "m-1"
    told = await shop.db.screens.fetch("SELECT * FROM feed ORDER BY id OFFSET $1", before)
    assert [(t["workspace_id"], t["kind"], t["subject"], t["detail"]) for t in told] == [
        (shop.workspace, "message", said["conversation_id"], {"message": str(message["id"])})
    ]


async def test_what_waits_behind_it_is_told_of(shop, said):
    await shop.say(said["conversation_id"], "And again")
    assert await close(shop, said) == ([], True)


async def test_a_lease_that_has_passed_on_is_left(shop, said):
    assert await close(shop, said, epoch=1) == ([said["id"]], False)
    assert await state(shop) == (1, "queued", "queued")


@pytest.mark.parametrize("order", [1, -1], ids=["earlier first", "later first"])
async def test_of_two_ends_of_one_row_that_of_the_last_lease_counts(shop, said, order):
    """A call that was given up may end together with the one that settled it."""
    await shop.db.screens.execute("UPDATE outbox SET epoch = 3")
    ends = [
        Verdict(id=said["id"], epoch=2, kind="sent", external_id="given up"),
        Verdict(id=said["id"], epoch=3, kind="sent", external_id="settled"),
    ][::order]
    assert await close_sent(shop.db.sends, ends, shop.clock.now()) == ([], False)
    assert await shop.db.screens.fetchval("SELECT external_id FROM message") == "settled"


@pytest.mark.parametrize("order", [1, -1], ids=["earlier first", "later first"])
@pytest.mark.parametrize("kind", ["queue", "settle", "failed"])
async def test_so_it_is_where_the_row_is_kept_or_lost(shop, said, kind, order):
    await shop.db.screens.execute("UPDATE outbox SET epoch = 3, state = 2")
    ends = [
        Verdict(id=said["id"], epoch=2, kind="settle", at=shop.clock.now() + timedelta(hours=1)),
        Verdict(id=said["id"], epoch=2, kind="unknown"),
        Verdict(id=said["id"], epoch=3, kind=kind, code="blocked"),
    ][::order]
    async with shop.db.sends.acquire() as tx, tx.transaction():
        await finish(tx, ends, shop.clock.now())
    row = await shop.db.screens.fetchrow("SELECT state, not_before FROM outbox")
    if kind == "failed":
        assert (row, await state(shop)) == (None, (0, "failed", "failed"))
    else:
        assert tuple(row) == ({"queue": 0, "settle": 2}[kind], shop.clock.now())


@pytest.mark.parametrize("kind", ["sent", "failed", "queue"])
async def test_rows_are_locked_in_the_order_of_their_ids_wherever_they_lie(shop, kind):
    """A report of the platform locks them so: two that wait for each other would end one of them."""
    account = await shop.account("line")
    for name in ("ann", "ben"):
        await shop.say(await shop.conversation(account, name), "Hello")
    first, second = [
        r["id"] for r in await shop.db.screens.fetch("SELECT id FROM outbox ORDER BY id")
    ]
    # Its new version lies behind the other row, for the indexes, too.
    for number in (1, 0):
        await shop.db.screens.execute("UPDATE outbox SET state = $2 WHERE id = $1", first, number)
    ends = [Verdict(id=id_, epoch=0, kind=kind) for id_ in (first, second)]

    async def end():
        if kind == "sent":
            return await close_sent(shop.db.sends, ends, shop.clock.now())
        async with shop.db.sends.acquire() as tx, tx.transaction():
            return await finish(tx, ends, shop.clock.now())

    lock = "SELECT id FROM outbox WHERE id = $1 FOR UPDATE NOWAIT"
    async with shop.db.screens.acquire() as report, report.transaction():
        await report.fetchval(lock, first)
        ending = spawn(end(), "end")
        await waiting(shop.db.screens, 1)
        assert await report.fetchval(lock, second) == second
    await ending
    assert (await state(shop))[0] == (2 if kind == "queue" else 0)


async def test_a_message_of_several_parts_is_left(shop, said):
    await shop.db.screens.execute(
        "INSERT INTO delivery (id, message_id, account_id, position, created_at)"
        " SELECT $1, message_id, account_id, 1, created_at FROM delivery",
        uuid7(),
    )
    assert await close(shop, said) == ([said["id"]], False)
    assert await state(shop) == (1, "queued", "queued")


async def test_a_message_already_reported_as_failed_is_left(shop, said):
    """Its claim is to be given back, which takes more than the one statement."""
    await shop.db.screens.execute("UPDATE delivery SET state = 'failed', error_code = 'blocked'")
    assert await close(shop, said) == ([said["id"]], False)
    assert await state(shop) == (1, "queued", "failed")


async def test_nothing_sent_asks_nothing_of_the_database(shop):
    assert await close_sent(shop.db.sends, [], shop.clock.now()) == ([], False)
