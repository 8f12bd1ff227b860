"""Asks for all of a process's sending loops together whether there is anything for them to do.

Loops are woken by what this process posts. What nobody tells of (a retry whose time has come, the lease of a process
that died, a notice that was lost) is found here, four times a second, by one statement without a transaction.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from conversations import outbox
from runtime.clock import Clock
from runtime.database import Database
from runtime.tasks import Supervisor

POLL_S = 0.25
SLOW = timedelta(seconds=1)


@dataclass
class Lookout:
    """Sets the events that loops wait for: `queues` by name, `unsettled` for calls of unknown outcome, `slow` for
    calls that took longer than SLOW. `accounts` returns whose rows are looked for.
    """

    db: Database
    clock: Clock
    supervisor: Supervisor
    accounts: Callable[[], Sequence[UUID]]
    queues: Mapping[str, asyncio.Event]
    unsettled: asyncio.Event = field(default_factory=asyncio.Event)
    slow: asyncio.Event = field(default_factory=asyncio.Event)
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self) -> None:
        """Look now: another process has committed something, and did not say what."""
        self._told.set()

    async def run(self) -> None:
        """Look until stopped."""
        self.supervisor.wakes(self._told)
        while not self.supervisor.stopping.is_set():
            self._told.clear()
            await self.look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._told.wait()

    async def look(self) -> None:
        """Look once, and wake who has something to do."""
        now = self.clock.now()
        seen = await outbox.look(self.db.sends, self.accounts(), now, now - SLOW)
        for queue in seen.queues:
            self.queues[queue].set()
        if seen.unsettled:
            self.unsettled.set()
        if seen.slow:
            self.slow.set()
