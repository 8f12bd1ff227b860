"""Looks new customers up at their platform, in the background and at a gentle pace."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from conversations.channel import Profile, SendError
from conversations.profiles import Unknown, claim_unknown, store_profiles
from gateway.clients import Clients
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import FEED, LiveFeed
from runtime.tasks import Supervisor, spawn

POLL_S = 0.5
AT_ONCE = 8
CALL_S = 15.0
# What comes back at about the same time is stored together.
GATHER_S = 0.05
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
        claimed = await claim_unknown(self.db.sends, now, AT_ONCE - len(due))
        due += [(who, 1) for who in claimed]
        calls = {spawn(self._look_up(who, tries), "profile"): who for who, tries in due}
        waiting: set[asyncio.Task[Profile | None]] = set(calls)
        try:
            while waiting:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                done, waiting = await asyncio.wait(waiting, timeout=GATHER_S)
                await self._store([(calls[one], one.result()) for one in calls if one in done])
        finally:
            for one in waiting:
                one.cancel()
        return len(due)

    def _due(self, now: datetime) -> list[tuple[Unknown, int]]:
        found = [each for each in self._later if each[0] <= now][:AT_ONCE]
        for each in found:
            self._later.remove(each)
        return [(who, tries) for _, who, tries in found]

    async def _look_up(self, who: Unknown, tries: int) -> Profile | None:
        account = self.clients.account_of(who.account_id)
        if account is None:
            return None
        try:
            async with asyncio.timeout(CALL_S):
                told = await self.clients.client(account).profile(who.external_id)
        except TimeoutError:
            told = SendError(code="timeout", agent_text="", retry=True)
        except Exception:
            log.exception("profile look-up crashed", account=repr(account))
            return None
        if isinstance(told, Profile):
            return told
        if (told.retry or told.unknown) and tries < TRIES and len(self._later) < MOST_WAITING:
            self._later.append((self.clock.now() + WAITS[tries - 1], who, tries + 1))
        return None

    async def _store(self, answers: Sequence[tuple[Unknown, Profile | None]]) -> None:
        """Write what was told, together; when that fails each alone, so that only the offender is lost."""
        told = [(who, profile) for who, profile in answers if profile is not None]
        if not told:
            return
        try:
            async with self.db.transaction(self.db.sends) as tx:
                await store_profiles(tx, told, self.clock.now())
        except Exception:
            log.exception("profiles not stored", count=len(told))
            for one in told if len(told) > 1 else ():
                await self._store([one])
        else:
            self.live.committed(FEED)
