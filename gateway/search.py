"""Keeps what search looks through in step behind the feed."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.search_index import follow, rebuild
from gateway.keeper import Behind, Keeper, never
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import LiveFeed
from runtime.tasks import Supervisor

# Short rounds: while one writes, no screen sees what is newer.
GAP_S = 0.25


@dataclass
class SearchKeeper:
    """Follows from the place the last round left in the database."""

    db: Database
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor
    behind: Behind = never

    def start(self) -> None:
        """Begin to follow."""
        Keeper("search", self.round, GAP_S, self.live, self.supervisor, self.behind).start()

    async def round(self) -> bool:
        """Take what the feed has into what search looks through; returns whether more waits."""
        done = await follow(self.db, self.clock.now())
        if done is None:
            # None: another process files; look again later whether there is a place by then.
            return await rebuild(self.db, self.clock.now(), if_lost=True) is not None
        return done.more
