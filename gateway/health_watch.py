"""Turns an account degraded when its platform has been silent for unusually long, and well again on the
next webhook.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from conversations.actions.account_state import mark_health
from conversations.health import SHORTEST, WEEK, is_too_silent
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import FEED, LiveFeed
from runtime.tasks import Supervisor
from runtime.words import mark

EVERY_S = 30.0
REASON = mark(
    "No webhook for unusually long; check the webhook address and its status at the platform"
)
# One sighting a quarter of an hour is enough to know a week's silences.
HISTORY = """
SELECT account_id, max(received_at) AS at FROM inbox WHERE received_at >= $1
GROUP BY account_id, date_bin('15 minutes', received_at, 'epoch') ORDER BY 2
"""
ACCOUNTS = "SELECT id, state, webhook_at FROM channel_account WHERE removed_at IS NULL"
STEP_S = 900


@dataclass
class HealthWatch:
    """Keeps a week of sightings of each account in memory."""

    db: Database
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor
    _seen: dict[UUID, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def start(self) -> None:
        """Begin to watch."""
        self.supervisor.start("account health", self._loop)

    async def _loop(self) -> None:
        await self.remember()
        while not self.supervisor.stopping.is_set():
            await self.round()
            await self.supervisor.pause(EVERY_S)

    async def remember(self) -> None:
        """Learn the last week's sightings from the inbox."""
        self._seen.clear()
        for record in await self.db.screens.fetch(HISTORY, self.clock.now() - WEEK):
            self._seen[record["account_id"]].append(record["at"])

    async def round(self) -> None:
        """Look at every account once."""
        now, told = self.clock.now(), False
        for record in await self.db.screens.fetch(ACCOUNTS):
            seen = self._seen[record["id"]]
            _note(seen, record["webhook_at"], now)
            silent = is_too_silent(seen, now)
            if silent and record["state"] == "ok":
                told |= await self._mark(record["id"], "degraded", REASON, now)
            elif record["state"] == "degraded" and seen and now - seen[-1] < SHORTEST:
                told |= await self._mark(record["id"], "ok", "", now)
        if told:
            self.live.committed(FEED)

    async def _mark(self, account_id: UUID, state: str, reason: str, now: datetime) -> bool:
        async with self.db.transaction() as tx:
            return await mark_health(tx, account_id, state, reason, now)


def _note(seen: deque[datetime], at: datetime | None, now: datetime) -> None:
    """Add a sighting, in place of the last one when that is less than a step older; forget old ones."""
    if at is not None and (not seen or at > seen[-1]):
        replaces = len(seen) > 1 and (at - seen[-2]).total_seconds() < STEP_S
        if replaces:
            seen[-1] = at
        else:
            seen.append(at)
    while seen and seen[0] < now - WEEK:
        seen.popleft()
