"""Whatever is too long or too large in an event, it is written: nothing is set aside for its size."""

from __future__ import annotations

import pytest

from conversations import inbox
from conversations.actions.progress import Listeners
from conversations.channel import UnreadableBody
from conversations.inbox import NewEvent
from gateway.blocks import BlockWorkers, Wiring
from runtime.tasks import Supervisor
from tests.channels.harness import CHANNELS, bend, fixtures, folder, samples, split
from tests.factories import an_account

LONG, LARGE = "9" * 3000, 2**70


def bodies(name):
    """Return every fixture's body, each value of it once too long and once too large."""
    for channel, file in fixtures():
        if channel != name or not file.endswith((".json", ".form")):
            continue
        body = samples(name).body_of(file)
        for value in (LONG, LARGE):
            count = places(body)
            for place in range(count):
                yield bend(body, lambda _n, place=place: place, value)


def places(body):
    told = []
    bend(body, lambda n: told.append(n) or 0, "")
    return told[0]


def payloads(name):
    for body in bodies(name):
        try:
            yield from (entry.payload for entry in split(name, body))
        except UnreadableBody:
            continue


async def settle(_tx, requests, _now):
    assert not requests
    return []


@pytest.mark.parametrize("name", sorted(CHANNELS))
async def test_an_event_with_anything_overlong_is_written(db, keyring, clock, name):
    account = await an_account(db, keyring, clock, name)
    events = []
    for n, payload in enumerate(payloads(name)):
        key = inbox.hash_of(f"event-{n}")
        facts = (clock.now(), "r", account.id.bytes + key)
        events.append(NewEvent(account.id, key, n % inbox.LANES, payload, *facts))
    assert len(events) > 50
    await inbox.append(db.screens, events)
    wiring = Wiring(CHANNELS, {account.id: account}.get, settle, Listeners(), lambda _: None)
    workers = BlockWorkers(db, wiring, clock, Supervisor())
    workers.wake()
    for share in workers.shares:
        while await workers.step(share):
            pass
    wrong = await db.screens.fetch("SELECT error, payload FROM inbox WHERE state <> 1")
    assert [(row["error"], row["payload"][:300]) for row in wrong] == []
    assert folder(name).is_dir()
