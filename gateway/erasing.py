"""Erases people beside everything else, a step at a time; a process killed midway leaves the job to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from conversations.actions.erase_steps import Eraser, Tools
from conversations.channel import Channel
from coupons.actions.erase_claims import erase_from_claims, find_guesses
from gateway.hooks.gatherer import FEED
from runtime.clock import Clock
from runtime.database import Connection, Database, Pool
from runtime.live import LiveFeed
from runtime.media import MediaStore
from runtime.tasks import Supervisor

POLL_S = 1.0


def eraser(db: Database, store: MediaStore, channels: Mapping[str, Channel]) -> Eraser:
    """Return what does the steps, wired to everything that knows of people."""
    return Eraser(db, Tools(store, channels, InCoupons()))


class InCoupons:
    """What coupons know of people; erased under the lock of what gathers events for webhooks, which are forgotten
    next.
    """

    async def find(self, db: Pool, people: Sequence[UUID]) -> Sequence[str]:
        """Find what takes long to find; only reads."""
        return await find_guesses(db, people)

    async def erase(self, tx: Connection, people: Sequence[UUID], found: Sequence[str]) -> None:
        """Erase it, and what was found."""
        await FEED.wait_for_turn(tx)
        await erase_from_claims(tx, people, found)


@dataclass
class EraseWorker:
    """Takes one step of each job in turn."""

    eraser: Eraser
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor

    def start(self) -> None:
        """Begin to look."""
        self.supervisor.start("erasing", self._loop)

    async def _loop(self) -> None:
        while not self.supervisor.stopping.is_set():
            if not await self.round():
                await self.supervisor.pause(POLL_S)

    async def round(self) -> bool:
        """Take one step of every job; return whether any has more to do."""
        more = False
        for contact_id in await self.eraser.waiting():
            more |= await self.eraser.step(contact_id, self.clock.now())
            self.live.committed()
            if self.supervisor.stopping.is_set():
                return False
        return more
