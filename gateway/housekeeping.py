"""Keeps the queues small: empties old payloads, forgets old keys and feed rows, ends old sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from api import answers
from conversations import inbox
from runtime.clock import Clock
from runtime.database import Pool
from runtime.tasks import Supervisor
from team.webhooks import log as webhook_log

EVERY_S = 600.0
STEP = 1000
# The log of webhooks out; longer than the age at which a message's changes are no news to them.
KEEP_WEBHOOKS = timedelta(days=14)


class Kept(NamedTuple):
    """How long a table's rows are kept; `old` says of which rows, told apart by `key`, that time was over at $1."""

    table: str
    key: str
    old: str
    time: timedelta


DAY = timedelta(days=1)
KEPT = (
    Kept("feed", "id", "at < $1 ORDER BY id", timedelta(hours=48)),
    Kept("session", "id", "expires_at < $1", timedelta(days=30)),
    Kept("throttle", "subject", "first_at < $1 AND coalesce(blocked_until, first_at) < $1", DAY),
    Kept("sign_in_link", "id", "expires_at < $1", DAY),
    Kept("sign_in_step", "id", "expires_at < $1", timedelta()),
    Kept("password_link", "id", "expires_at < $1", DAY),
    # One that is over is listed that long, so that it can be renewed.
    Kept("invitation", "id", "expires_at < $1", timedelta(days=30)),
    # A device on which a right PIN was entered is known that long.
    Kept(
        "pin_guess", "subject", "at < $1 AND coalesce(blocked_until, at) < $1", timedelta(days=30)
    ),
    Kept("pin_hour", "id", "hour < $1", timedelta(days=7)),
    Kept("draft", "id", "text = '' AND at < $1", DAY),
)
# Small steps, each its own short transaction: a long one would hold every reader of the feed back.
FORGET = """
WITH gone AS (DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {old} LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""


class Housekeeper:
    """Tidies every ten minutes; several processes may do so at once."""

    def __init__(self, pool: Pool, clock: Clock, supervisor: Supervisor) -> None:
        self._pool = pool
        self._clock = clock
        self._supervisor = supervisor
        self._emptied: datetime | None = None

    def start(self) -> None:
        """Begin; the first round comes soon after the start."""
        self._supervisor.repeat("housekeeping", self.tidy, EVERY_S)

    async def tidy(self) -> None:
        """Delete and empty what is past its time."""
        now = self._clock.now()
        self._emptied = await inbox.tidy(self._pool, now, self._emptied)
        for kept in KEPT:
            query, count = FORGET.format_map(kept._asdict()), STEP
            while count == STEP and not self._supervisor.stopping.is_set():
                count = await self._pool.fetchval(query, now - kept.time, STEP)
        for forget, before in ((answers.forget, now), (webhook_log.tidy, now - KEEP_WEBHOOKS)):
            while await forget(self._pool, before, STEP) == STEP:
                if self._supervisor.stopping.is_set():
                    break
