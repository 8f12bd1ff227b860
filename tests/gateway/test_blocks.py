"""One event that cannot be written must not hold up anybody else's, whatever is wrong with it."""

from __future__ import annotations

import json
from datetime import timedelta

import msgspec
import pytest
from structlog.testing import capture_logs

from conversations import inbox
from conversations.actions.progress import Listeners
from conversations.inbox import NewEvent
from gateway.blocks import TRIES, BlockWorkers, Share, Wiring
from runtime.ids import uuid7
from runtime.tasks import Supervisor
from tests.factories import CHANNELS, an_account


@pytest.fixture
async def account(db, keyring, clock):
    return await an_account(db, keyring, clock, "messenger")


@pytest.fixture
def workers(db, account, clock):
    async def settle(_tx, requests, _now):
        assert not requests
        return []

    known = {account.id: account}
    wiring = Wiring(CHANNELS, known.get, settle, Listeners(), lambda: None)
    return BlockWorkers(db, wiring, clock, Supervisor())


def event(account, clock, customer, **message):
    """Return what Messenger posts about one message, as it lies in the inbox."""
    item = {
        "sender": {"id": customer},
        "recipient": {"id": account.external_id},
        "timestamp": 1_777_870_800_000,
        "message": {"mid": f"m-{customer}", **message},
    }
    body = {"account": account.external_id, "time_ms": None, "found_in": "messaging", "item": item}
    key = inbox.hash_of(f"m-{customer}")
    lane = inbox.lane_of(account.id.bytes, "everybody")
    payload = json.dumps(body).encode()
    return NewEvent(account.id, key, lane, payload, clock.now(), "r", account.id.bytes + key)


async def work(workers):
    for share in workers.shares:
        while await workers.step(share):
            pass


async def test_an_event_that_cannot_be_written_is_set_aside_and_the_others_go_on(
    db, account, clock, workers
):
    events = [
        msgspec.structs.replace(event(account, clock, "lost"), account_id=uuid7()),
        event(account, clock, "mei", text="hello"),
    ]
    await inbox.append(db.screens, events)
    with capture_logs() as said:
        for _ in range(TRIES):
            await work(workers)
            clock.advance(timedelta(minutes=3))
            workers.shares = [Share(share.lanes) for share in workers.shares]
    assert sum(line["event"] == "event failed" for line in said) == TRIES
    rows = await db.screens.fetch("SELECT state, tries, error FROM inbox ORDER BY id")
    assert sorted((row["state"], row["tries"]) for row in rows) == [(1, 0), (2, TRIES)]
    assert {row["text"] for row in await db.screens.fetch("SELECT text FROM message")} == {"hello"}
