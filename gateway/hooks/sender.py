"""Sends queued events to their addresses: any number of processes, each address by one of them at a time.

A lease is committed before the call and nothing is held meanwhile; a process killed in mid-call leaves it
behind, and once it has ended the event is sent again. So an event arrives at least once.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random, SystemRandom
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from gateway.hooks.caller import Answer, Caller
from gateway.hooks.gatherer import WEBHOOKS
from runtime.clock import Clock
from runtime.database import Database
from runtime.keys import BadKey, Keyring
from runtime.live import FEED, LiveFeed
from runtime.tasks import Supervisor
from team.webhooks.queue import Lease, Patience, Tried, lease, settle
from team.webhooks.signing import HEADER, signature

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

AT_ONCE = 16
LOOK_S = 1.0
log = structlog.get_logger("webhooks")


@dataclass(frozen=True)
class Pauses:
    """How long to wait before the next try: longer each time up to `most`, and by up to `jitter` of it
    more or less, so that what failed together does not come back together.
    """

    first: timedelta = timedelta(seconds=5)
    factor: float = 3.0
    most: timedelta = timedelta(hours=4)
    jitter: float = 0.2

    def after(self, failures: int, rng: Random) -> timedelta:
        """Return the pause after so many failures (one or more)."""
        # Beyond some twenty the power would outgrow any span.
        steady = min(self.first * self.factor ** min(failures - 1, 20), self.most)
        return steady * (1 + self.jitter * (2 * rng.random() - 1))


@dataclass
class Sender:
    """Leases what is due and calls; `lease_span` must outlast the caller's own limit."""

    db: Database
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor
    keyring: Keyring
    caller: Caller
    pauses: Pauses = field(default_factory=Pauses)
    patience: Patience = field(default_factory=Patience)
    rng: Random = field(default_factory=SystemRandom)
    lease_span: timedelta = timedelta(seconds=60)
    elapsed: Callable[[], float] = monotonic
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _flying: int = 0

    def start(self) -> None:
        """Begin to send."""
        self.live.listen(self._wake.set, WEBHOOKS)
        self.supervisor.wakes(self._wake)
        self.supervisor.start("webhooks: send", self._loop)

    async def _loop(self) -> None:
        while not self.supervisor.stopping.is_set():
            self._wake.clear()
            for one in await self._lease(AT_ONCE - self._flying):
                self._flying += 1
                _ = self.supervisor.once("webhook", self._fly(one))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()

    async def round(self) -> int:
        """Send once what is due now and return how many events that were."""
        leased = await self._lease(AT_ONCE)
        await asyncio.gather(*(self._send(one) for one in leased))
        return len(leased)

    async def _fly(self, one: Lease) -> None:
        try:
            await self._send(one)
        finally:
            self._flying -= 1
            self._wake.set()

    async def _lease(self, limit: int) -> Sequence[Lease]:
        if limit <= 0:
            return ()
        async with self.db.transaction() as tx:
            return await lease(tx, self.clock.now(), limit, self.lease_span)

    async def _send(self, one: Lease) -> None:
        begun = self.elapsed()
        at = self.clock.now()
        try:
            headers = self._headers(one, at)
        except BadKey:
            log.exception("a webhook's secret cannot be read", webhook=str(one.webhook_id))
            answer = Answer(error="key")
        else:
            answer = await self.caller.call(one.url, one.body.encode(), headers)
        tried = Tried(
            at=self.clock.now(),
            duration_ms=int((self.elapsed() - begun) * 1000),
            status=answer.status,
            error=answer.error,
            excerpt=answer.excerpt,
        )
        again = tried.at + self.pauses.after(one.attempts + 1, self.rng)
        async with self.db.transaction() as tx:
            kept = await settle(tx, one, tried, again, self.patience)
        if not kept:
            log.warning("a webhook's lease had ended", webhook=str(one.webhook_id))
        self.live.committed(FEED, WEBHOOKS)

    def _headers(self, one: Lease, at: datetime) -> dict[str, str]:
        secrets = [self.keyring.decrypt(bytes(sealed)).decode() for sealed in one.secrets]
        return {
            HEADER: signature(secrets, at, one.body.encode()),
            "Tessera-Event": str(one.event_id),
            "Tessera-Kind": one.kind,
        }
