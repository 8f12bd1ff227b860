"""The loop of what keeps something in step behind the feed, in whichever worker gets there first."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from runtime.live import LiveFeed
from runtime.tasks import Supervisor

LOOK_S = 1.0


@dataclass
class Keeper:
    """Calls `round`, which follows the feed and says whether more waits, after every commit and once a second.

    Under load every commit wakes: a rest of `gap_s` seconds makes one round of many events, and leaves the
    others the database.
    """

    name: str
    round: Callable[[], Awaitable[bool]]
    gap_s: float
    live: LiveFeed
    supervisor: Supervisor
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Begin to follow."""
        self.live.listen(self._wake.set)
        self.supervisor.wakes(self._wake)
        self.supervisor.start(self.name, self._loop)

    async def _loop(self) -> None:
        while not self.supervisor.stopping.is_set():
            more = await self.round()
            if not more:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._wake.wait()
                await self.supervisor.pause(self.gap_s)
            self._wake.clear()
