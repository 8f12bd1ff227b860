"""The loop of what keeps something in step behind the feed, in whichever worker gets there first."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import TypeAlias

from runtime.live import LiveFeed
from runtime.tasks import Supervisor

LOOK_S = 1.0
# What follows the feed gets a ninth of the time, where it has fallen behind a quarter: the busier the machine, the
# longer a round takes and the more the next one finds, at a fraction of the cost each. No rest is longer than this.
REST, REST_BEHIND = 8, 3
LONGEST_REST_S = 2.0
# While customers wait for blocks, a follower lets them go first, up to so long before each round.
GIVE_WAY_S, LOOK_AGAIN_S = 4.0, 0.05

Behind: TypeAlias = Callable[[], bool]
"""Says whether customers wait: what they write comes faster than blocks take it."""


def never() -> bool:
    """Stand for a process that takes in nothing of what customers write."""
    return False


def rest_s(gap_s: float, took_s: float, *, more: bool) -> float:
    """Return for how many seconds to rest after a round that took `took_s`; `more`: it left something."""
    if more:
        return min(REST_BEHIND * took_s, LONGEST_REST_S)
    return max(gap_s, min(REST * took_s, LONGEST_REST_S))


@dataclass
class Keeper:
    """Calls `round`, which follows the feed and says whether more waits, after commits and once a second; None:
    there is nobody to follow it for, which is soon enough asked once a second.

    Under load every commit wakes: a rest of `gap_s` seconds and more makes one round of many events, and leaves
    the others the processor and the database. While `behind`, customers go first. `time` gives seconds that only
    ever grow.
    """

    name: str
    round: Callable[[], Awaitable[bool | None]]
    gap_s: float
    live: LiveFeed
    supervisor: Supervisor
    behind: Behind = never
    time: Callable[[], float] = monotonic
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        """Begin to follow."""
        self.live.listen(self._wake.set)
        self.supervisor.wakes(self._wake)
        self.supervisor.start(self.name, self._loop)

    async def _loop(self) -> None:
        while not self.supervisor.stopping.is_set():
            if self.behind():
                await self._give_way()
            begun = self.time()
            more = await self.round()
            rest = rest_s(self.gap_s, self.time() - begun, more=bool(more))
            if not more:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_S):
                        await self._wake.wait()
            await self.supervisor.pause(LOOK_S if more is None else rest)
            self._wake.clear()

    async def _give_way(self) -> None:
        until = self.time() + GIVE_WAY_S
        while self.behind() and self.time() < until and not self.supervisor.stopping.is_set():
            await self.supervisor.pause(LOOK_AGAIN_S)
