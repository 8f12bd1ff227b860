"""The loop of jobs that take long and are kept in the database, done beside everything else a step at a time.

A process killed midway leaves its job to the next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from runtime.clock import Clock
from runtime.live import LiveFeed
from runtime.tasks import Supervisor

POLL_S = 0.5
# One step of one job at an instant; says whether that job has more to do.
Step = Callable[[datetime], Awaitable[bool]]


@dataclass
class StepWorker:
    """Takes one step of each job that `waiting` returns in turn, so that none waits for a larger one."""

    name: str
    waiting: Callable[[], Awaitable[Iterable[Step]]]
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor

    def start(self) -> None:
        """Begin to look."""
        self.supervisor.repeat(self.name, self.round, POLL_S)

    async def round(self) -> bool:
        """Take one step of every waiting job; return whether any has more to do."""
        more = False
        for step in await self.waiting():
            more |= await step(self.clock.now())
            self.live.committed()
            if self.supervisor.stopping.is_set():
                return False
        return more
