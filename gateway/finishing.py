"""Writes what became of calls, many in one transaction."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
import structlog

from conversations.actions.account_state import mark_unreachable, needs_reconnect
from conversations.close_sent import close_sent
from conversations.outcomes import OnMessages, Verdict, finish
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import FEED, LiveFeed
from runtime.tasks import Supervisor

BATCH = 256
TRIES = 3
PAUSE_S = 0.2
# Outcomes gather for a moment: nobody waits for them but a row behind, and one transaction writes many.
GATHER_S = 0.015
log = structlog.get_logger("delivery")


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What one call told: about its rows, its contact, its account's credentials."""

    verdicts: Sequence[Verdict]
    unreachable: tuple[UUID, str] | None = None
    reconnect: tuple[UUID, str] | None = None


@dataclass
class Finisher:
    """Takes reports from calls. `idle` says that no further report can come; `wrote` is called after
    each commit that makes other rows due.
    """

    db: Database
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor
    on_rejected: OnMessages
    idle: Callable[[], bool]
    wrote: Callable[[], None]
    _reports: deque[Report] = field(default_factory=deque)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, report: Report) -> None:
        """Hand over what a call told."""
        self._reports.append(report)
        self._ready.set()

    async def run(self) -> None:
        """Write reports until stopped and nothing is under way any more."""
        self.supervisor.wakes(self._ready)
        while True:
            if not self._reports:
                stopping = self.supervisor.stopping.is_set()
                if stopping and self.idle():
                    return
                await self._wait(0.02 if stopping else 0.5)
                continue
            if len(self._reports) < BATCH:
                await asyncio.sleep(GATHER_S)
            batch = [self._reports.popleft() for _ in range(min(BATCH, len(self._reports)))]
            await self._write(batch)

    async def _wait(self, seconds: float) -> None:
        self._ready.clear()
        if not self._reports:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._ready.wait()

    async def _write(self, batch: Sequence[Report]) -> None:
        """Write a batch; when that fails again and again, each report alone, so that only the offender is
        lost. Its lease then ends and the call is settled from evidence.
        """
        for _ in range(TRIES):
            try:
                await self._commit(batch)
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                continue
            except Exception:
                log.exception("outcomes not written", count=len(batch))
                await self.supervisor.pause(PAUSE_S)
            else:
                return
        if len(batch) > 1:
            for report in batch:
                await self._write([report])

    async def _commit(self, batch: Sequence[Report]) -> None:
        """Write what was sent by itself, then the rest together."""
        now = self.clock.now()
        verdicts = [verdict for report in batch for verdict in report.verdicts]
        sent = [verdict for verdict in verdicts if verdict.kind == "sent"]
        left, more = await close_sent(self.db.sends, sent, now)
        if sent:
            self._tell(more=more)
        left += [verdict for verdict in verdicts if verdict.kind != "sent"]
        if left or any(report.unreachable or report.reconnect for report in batch):
            self._tell(more=await self._finish(batch, left, now))

    def _tell(self, *, more: bool) -> None:
        self.live.committed(FEED)
        if more:
            self.wrote()

    async def _finish(
        self, batch: Sequence[Report], verdicts: Sequence[Verdict], now: datetime
    ) -> bool:
        async with self.db.transaction(self.db.sends) as tx:
            more = await finish(tx, verdicts, now, self.on_rejected)
            await mark_unreachable(tx, [r.unreachable for r in batch if r.unreachable])
            for account_id, reason in sorted({r.reconnect for r in batch if r.reconnect}):
                await needs_reconnect(tx, account_id, reason, now)
        return more
