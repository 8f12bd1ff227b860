"""What the usual statement leaves alone is written all the same, in order and once."""

from __future__ import annotations

import msgspec
import pytest

from conversations.actions.receive import left_over, receive
from tests.factories import Customer, an_account, write


@pytest.fixture
async def account(db, keyring, clock):
    return await an_account(db, keyring, clock, "whatsapp")


async def heard(db, wave, clock):
    """Receive one wave; return what was handled."""
    async with db.transaction() as tx:
        return await receive(tx, wave, clock.now())


async def test_one_who_is_blocked_or_nameless_does_not_keep_others_from_being_heard(
    db, account, clock
):
    people = [Customer(account, f"+88691200000{n}") for n in range(4)]
    await write(db, clock, *(one.says("hello", clock.now()) for one in people[:3]))
    await db.screens.execute(
        "UPDATE contact SET blocked_at = $1 WHERE phone = $2", clock.now(), people[1].external_id
    )
    wave = [one.says("again", clock.now()) for one in people]
    wave[2] = people[2].says("again", clock.now(), profile_name="Mei")
    told = await heard(db, wave, clock)
    assert [one.event for one in told] == wave
    assert [one.blocked for one in told] == [False, True, False, False]
    assert [one.contact_name for one in told] == ["", "", "Mei", ""]
    rows = await db.screens.fetch(
        "SELECT c.unread, count(m.id) AS messages, min(p.name) AS name FROM conversation c"
        " JOIN contact p ON p.id = c.contact_id JOIN message m ON m.conversation_id = c.id"
        " GROUP BY c.id, p.phone ORDER BY p.phone"
    )
    assert [tuple(row) for row in rows] == [(2, 2, ""), (1, 2, ""), (2, 2, "Mei"), (1, 1, "")]
    assert await db.screens.fetchval("SELECT count(*) FROM feed WHERE kind = 'message'") == 7


async def test_of_two_who_are_one_person_the_second_waits_for_the_next_wave(db, account, clock):
    both = Customer(account, "+886912000321", alt_external_id="TW.134")
    await write(db, clock, both.says("hello", clock.now()))
    wave = [
        Customer(account, "+886912000321").says("by number", clock.now()),
        Customer(account, "TW.134").says("by name", clock.now()),
    ]
    wave[1] = msgspec.structs.replace(
        wave[1],
        inbound=msgspec.structs.replace(wave[1].inbound, external_message_id="m-other"),
    )
    told = await heard(db, wave, clock)
    assert [one.event for one in told] == wave[:1]
    assert left_over(wave, told) == wave[1:]
    assert [one.event for one in await heard(db, wave[1:], clock)] == wave[1:]
    rows = await db.screens.fetch("SELECT text FROM message ORDER BY seq")
    assert [row["text"] for row in rows] == ["hello", "by number", "by name"]


async def test_known_customers_are_found_and_written_by_one_statement(db, account, clock):
    mei = Customer(account, "+886912000321")
    await write(db, clock, mei.says("hello", clock.now()))
    asked = []
    async with db.lanes.acquire() as connection, connection.transaction():
        # The first time, the driver asks what the type is.
        await receive(connection, [mei.says("again", clock.now())], clock.now())
        with connection.query_logger(lambda record: asked.append(record.query)):
            [told] = await receive(connection, [mei.says("and again", clock.now())], clock.now())
    assert len(asked) == 1
    assert told.acknowledged
