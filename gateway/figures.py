"""Keeps the coupons' figures up to date behind the feed, in whichever worker gets there first."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

import structlog

from coupons.rollups import follow, follow_zones, rebuild
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import LiveFeed
from runtime.tasks import Supervisor

# Under load every commit wakes: a short rest makes one round of many claims.
GAP_S = 0.3
LOOK_S = 1.0
log = structlog.get_logger("figures")


@dataclass
class FigureKeeper:
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
        self.supervisor.start("figures", self._loop)

    async def _loop(self) -> None:
        while not self.supervisor.stopping.is_set():
            more = await self.round()
            if not more:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._wake.wait()
            self._wake.clear()
            await self.supervisor.pause(GAP_S)

    async def round(self) -> bool:
        """Take what the feed has into the figures; returns whether more waits."""
        if await follow_zones(self.db, self.clock.now()):
            self.live.committed()
        done = await follow(self.db, self.clock.now())
        if done is None:
            log.info("the figures have no place in the feed to go on from: counting every claim")
            await rebuild(self.db, self.clock.now())
            self.live.committed()
            return True
        if done.coupons:
            self.live.committed()
        return done.more
