"""Turns what the feed tells into events for the addresses that asked for them, exactly once.

The place in the feed moves in the transaction that queues the events. Bodies are built then and stay as they
are, however long their sending takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from conversations.webhook_facts import act_facts, message_facts
from coupons.webhook_facts import claim_facts
from gateway.keeper import Keeper
from runtime.clock import Clock
from runtime.database import Connection, Database
from runtime.follower import Reader, Step
from runtime.live import NIL, Event, LiveFeed, head
from runtime.tasks import Supervisor
from team.webhooks.payload import Facts, frozen
from team.webhooks.queue import addresses, put

GAP_S = 0.1
# A topic of the live feed: events were queued for somebody.
WEBHOOKS = "webhooks"
FEED = Reader(
    table="webhook_cursor",
    name="webhooks",
    lock=0x7E5540C,
    events=300,
    kinds=("message", "conversation", "claim"),
)
SINCE = "SELECT at FROM webhook_cursor WHERE name = 'webhooks'"
ANYBODY = "SELECT EXISTS (SELECT 1 FROM webhook WHERE state <> 'paused')"
SKIP_EVERY = timedelta(minutes=1)
# A place noted as long ago as this is believed (runtime.follower), and acts are looked for as far back.
ALMOST_TRUSTED = timedelta(hours=23)
log = structlog.get_logger("webhooks")


@dataclass
class Gatherer:
    """Follows from the place the last round left in the database."""

    db: Database
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor
    _queued: int = 0

    def start(self) -> None:
        """Begin to follow."""
        Keeper("webhooks: gather", self.round, GAP_S, self.live, self.supervisor).start()

    async def round(self) -> bool | None:
        """Queue what the feed has; returns whether more waits, None while nobody is to be told anything."""
        now = self.clock.now()
        if not await self.db.screens.fetchval(ANYBODY):
            await self._skip(now)
            return None
        self._queued = 0
        done = await FEED.follow(self.db, now, self._take)
        if done is None:
            await self._begin(now)
            return True
        if self._queued:
            self.live.nudge(WEBHOOKS)
        return done.more

    async def _skip(self, now: datetime) -> None:
        """Keep up with the feed while nobody is told anything, without reading it."""
        noted = await self.db.screens.fetchval(SINCE)
        if noted is not None and now - noted < SKIP_EVERY:
            return
        async with self.db.transaction() as tx:
            await FEED.wait_for_turn(tx)
            end = await head(tx)
            # Asked after the feed's end was: who came meanwhile misses nothing behind it.
            if not await tx.fetchval(ANYBODY):
                await FEED.keep(tx, end, now)

    async def _begin(self, now: datetime) -> None:
        """Go on from the oldest that is kept: the place is unknown, or it is older than that."""
        if await self.db.screens.fetchval(SINCE) is not None:
            log.error("webhooks lost their place in the feed: what is two days old is not told")
        async with self.db.transaction() as tx:
            await FEED.wait_for_turn(tx)
            await FEED.keep(tx, NIL, now - ALMOST_TRUSTED)

    async def _take(self, tx: Connection, step: Step) -> None:
        told = await addresses(tx)
        mine = {address.workspace_id for address in told}
        wanted = [e for e in await FEED.read(tx, step) if e.change.workspace_id in mine]
        if not wanted:
            return
        now = self.clock.now()
        facts = await _facts(tx, wanted, now)
        self._queued += await put(tx, told, [frozen(one) for one in facts], now)


async def _facts(tx: Connection, events: Sequence[Event], now: datetime) -> Sequence[Facts]:
    """Return what `events` are about, in their order."""
    messages = {UUID(named): n for n, e in enumerate(events) if (named := _message(e))}
    chats = {e.change.subject: n for n, e in enumerate(events) if e.change.kind == "conversation"}
    claims = [event for event in events if event.change.kind == "claim"]
    place = {e.change.subject: n for n, e in enumerate(events) if e.change.kind == "claim"}
    since = await tx.fetchval(SINCE) or now
    found = await message_facts(tx, messages, now)
    found += await act_facts(tx, chats, since)
    found += await claim_facts(tx, claims, now)
    place |= chats | messages
    return sorted(found, key=lambda facts: place[facts.about])


def _message(event: Event) -> str:
    named = event.change.detail.get("message") if event.change.kind == "message" else None
    return named if isinstance(named, str) else ""
