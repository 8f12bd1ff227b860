"""Looks new customers up at their platform, in the background and at a gentle pace."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from conversations.channel import Profile, SendError
from conversations.profiles import Unknown, claim_unknown, store_profile
from gateway.clients import Clients
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import FEED, LiveFeed
from runtime.tasks import Supervisor

POLL_S = 0.5
AT_ONCE = 8
CALL_S = 15.0
# The first try after a start also waits for the vendor's library to be loaded, so the second comes soon.
WAITS = (timedelta(seconds=3), timedelta(seconds=60))
TRIES = 1 + len(WAITS)
# Retries live in memory only; a flood of failures must not fill it.
MOST_WAITING = 10_000
log = structlog.get_logger("profiles")


@dataclass
class ProfileWorker:
    """Fills in name, picture and language; a look-up that fails is tried three times, then let be."""

    db: Database
    clients: Clients
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor
    _later: list[tuple[datetime, Unknown, int]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to look up."""
        self.supervisor.start("profiles", self._loop)

    async def _loop(self) -> None:
        while not self.supervisor.stopping.is_set():
            await self.round()
            await self.supervisor.pause(POLL_S)

    async def round(self) -> int:
        """Look up a few customers; returns how many were asked for."""
        now = self.clock.now()
        due = [(who, tries) for who, tries in self._due(now)]
        async with self.db.transaction(self.db.sends) as tx:
            due += [(who, 1) for who in await claim_unknown(tx, now, AT_ONCE - len(due))]
        await asyncio.gather(*(self._look_up(who, tries) for who, tries in due))
        return len(due)

    def _due(self, now: datetime) -> list[tuple[Unknown, int]]:
        found = [each for each in self._later if each[0] <= now][:AT_ONCE]
        for each in found:
            self._later.remove(each)
        return [(who, tries) for _, who, tries in found]

    async def _look_up(self, who: Unknown, tries: int) -> None:
        account = self.clients.account_of(who.account_id)
        if account is None:
            return
        try:
            async with asyncio.timeout(CALL_S):
                told = await self.clients.client(account).profile(who.external_id)
        except TimeoutError:
            told = SendError(code="timeout", agent_text="", retry=True)
        except Exception:
            log.exception("profile look-up crashed", account=repr(account))
            return
        if isinstance(told, Profile):
            async with self.db.transaction(self.db.sends) as tx:
                await store_profile(tx, who, told, self.clock.now())
            self.live.committed(FEED)
        elif (told.retry or told.unknown) and tries < TRIES and len(self._later) < MOST_WAITING:
            self._later.append((self.clock.now() + WAITS[tries - 1], who, tries + 1))
