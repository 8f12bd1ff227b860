"""Keeps what search looks through in step behind the feed, in whichever worker gets there first."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

import structlog

from conversations.search_index import follow, rebuild
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import LiveFeed
from runtime.tasks import Supervisor

# Under load every commit wakes: a rest makes one round of many messages, and leaves the others the database.
GAP_S = 0.5
LOOK_S = 1.0
log = structlog.get_logger("search")


@dataclass
class SearchKeeper:
    """Follows from the place the last round left in the database."""

    db: Database
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Begin to follow."""
        self.live.listen(self._wake.set)
        self.supervisor.wakes(self._wake)
        self.supervisor.start("search", self._loop)

    async def _loop(self) -> None:
        while not self.supervisor.stopping.is_set():
            more = await self.round()
            if not more:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._wake.wait()
                await self.supervisor.pause(GAP_S)
            self._wake.clear()

    async def round(self) -> bool:
        """Take what the feed has into what search looks through; returns whether more waits."""
        done = await follow(self.db, self.clock.now())
        if done is None:
            log.info("search has no place in the feed to go on from: filing every message")
            await rebuild(self.db, self.clock.now())
            return True
        return done.more
