"""What the platform took is closed by one statement; what it is not meant for is left as it was."""

from __future__ import annotations

import pytest

from conversations.close_sent import close_sent
from conversations.outcomes import Verdict
from runtime.ids import uuid7


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
