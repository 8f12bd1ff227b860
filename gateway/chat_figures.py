"""Keeps the figures of conversations up to date behind the feed."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.rollups import follow, follow_zones, rebuild
from gateway.keeper import Behind, Keeper, never
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import FEED, LiveFeed
from runtime.tasks import Supervisor

GAP_S = 1.0


@dataclass
class ChatFigureKeeper:
    """Follows from the place the last round left in the database."""

    db: Database
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor
    behind: Behind = never

    def start(self) -> None:
        """Begin to follow."""
        Keeper("chat figures", self.round, GAP_S, self.live, self.supervisor, self.behind).start()

    async def round(self) -> bool:
        """Take what the feed has into the figures; returns whether more waits."""
        if await follow_zones(self.db, self.clock.now()):
            self.live.committed(FEED)
        done = await follow(self.db, self.clock.now())
        if done is None:
            if await rebuild(self.db, self.clock.now(), if_lost=True) is None:
                # Another process counts: look again later whether there is a place by then.
                return False
            self.live.committed(FEED)
            return True
        if done.workspaces:
            self.live.committed(FEED)
        return done.more
