"""What time brings about in the inbox: snoozes end, quiet conversations are closed, waiting ones are given
to somebody. Any number of processes may run it: each conversation is locked by whoever works on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conversations.actions.auto_assign import auto_assign
from conversations.actions.idle import Round, end_idle
from conversations.actions.wake import any_due, wake
from conversations.channel import Channel
from conversations.outbox import BOT
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import FEED, LiveFeed
from runtime.tasks import Supervisor
from team.automation import Automation, timed

EVERY_S = 1.0
# Small steps: each is one transaction, and screens and lanes wait for its rows.
STEP = 50
# So many steps of one thing a round; the rest waits for the next one, a second later.
STEPS = 4


@dataclass
class Timers:
    """Looks once a second."""

    db: Database
    channels: Mapping[str, Channel]
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor

    def start(self) -> None:
        """Begin."""
        self.supervisor.repeat("timers", self.round, EVERY_S)

    async def round(self) -> None:
        """Do once what is due."""
        await self._wake()
        for rules in await timed(self.db.screens):
            if rules.assign_on:
                await self._assign(rules)
            if rules.idle_minutes is not None:
                await self._end_idle(rules)

    async def _wake(self) -> None:
        # Mostly nothing has come: not worth a transaction every second.
        if not await any_due(self.db.screens, self.clock.now()):
            return
        for _ in range(STEPS):
            async with self.db.transaction() as tx:
                done = await wake(tx, self.clock.now(), STEP)
            if done:
                self.live.committed(FEED)
            if done < STEP:
                break

    async def _assign(self, rules: Automation) -> None:
        async with self.db.transaction() as tx:
            given = await auto_assign(tx, rules, self.clock.now(), STEP)
        if given:
            self.live.committed(FEED)

    async def _end_idle(self, rules: Automation) -> None:
        for _ in range(STEPS):
            async with self.db.transaction() as tx:
                done: Round = await end_idle(tx, rules, self.channels, self.clock.now(), STEP)
            if done.warned or done.closed:
                self.live.committed(BOT)
            if not done.more:
                break
