"""Keeps the queues small: empties old payloads, forgets old keys and feed rows, ends old sessions."""

from __future__ import annotations

from datetime import datetime, timedelta

from api import answers
from conversations import inbox
from runtime.clock import Clock
from runtime.database import Pool
from runtime.tasks import Supervisor
from team.webhooks import log as webhook_log

EVERY_S = 600.0
STEP = 1000
KEEP_FEED = timedelta(hours=48)
KEEP_SESSION = timedelta(days=30)
# An invitation that is over is listed that long, so that it can be renewed.
KEEP_INVITATION = timedelta(days=30)
# The log of webhooks out; longer than the age at which a message's changes are no news to them.
KEEP_WEBHOOKS = timedelta(days=14)
# A device on which a right PIN was entered is known that long.
KEEP_GUESS = timedelta(days=30)

# Small steps, each its own short transaction: a long one would hold every reader of the feed back.
OLD_FEED = """
WITH gone AS (DELETE FROM feed WHERE id IN (SELECT id FROM feed WHERE at < $1 ORDER BY id LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""
OLD_SESSIONS = """
WITH gone AS (DELETE FROM session WHERE id IN (SELECT id FROM session WHERE expires_at < $1 LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""
OLD_THROTTLES = """
WITH gone AS (DELETE FROM throttle WHERE subject IN (
  SELECT subject FROM throttle WHERE first_at < $1 AND coalesce(blocked_until, first_at) < $1 LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""

OLD_LINKS = """
WITH gone AS (DELETE FROM sign_in_link WHERE id IN (
  SELECT id FROM sign_in_link WHERE expires_at < $1 LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""
OLD_STEPS = """
WITH gone AS (DELETE FROM sign_in_step WHERE id IN (
  SELECT id FROM sign_in_step WHERE expires_at < $1 LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""
OLD_RESETS = """
WITH gone AS (DELETE FROM password_link WHERE id IN (
  SELECT id FROM password_link WHERE expires_at < $1 LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""
OLD_INVITATIONS = """
WITH gone AS (DELETE FROM invitation WHERE id IN (
  SELECT id FROM invitation WHERE expires_at < $1 LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""
OLD_GUESSES = """
WITH gone AS (DELETE FROM pin_guess WHERE subject IN (
  SELECT subject FROM pin_guess WHERE at < $1 AND coalesce(blocked_until, at) < $1 LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""
OLD_PIN_HOURS = """
WITH gone AS (DELETE FROM pin_hour WHERE id IN (SELECT id FROM pin_hour WHERE hour < $1 LIMIT $2) RETURNING 1)
SELECT count(*) FROM gone
"""
OLD_DRAFTS = """
WITH gone AS (DELETE FROM draft WHERE id IN (SELECT id FROM draft WHERE text = '' AND at < $1 LIMIT $2) RETURNING 1)
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
        for query, before in (
            (OLD_FEED, now - KEEP_FEED),
            (OLD_SESSIONS, now - KEEP_SESSION),
            (OLD_THROTTLES, now - timedelta(days=1)),
            (OLD_LINKS, now - timedelta(days=1)),
            (OLD_STEPS, now),
            (OLD_RESETS, now - timedelta(days=1)),
            (OLD_INVITATIONS, now - KEEP_INVITATION),
            (OLD_GUESSES, now - KEEP_GUESS),
            (OLD_PIN_HOURS, now - timedelta(days=7)),
            (OLD_DRAFTS, now - timedelta(days=1)),
        ):
            count = STEP
            while count == STEP and not self._supervisor.stopping.is_set():
                count = await self._pool.fetchval(query, before, STEP)
        for forget, before in ((answers.forget, now), (webhook_log.tidy, now - KEEP_WEBHOOKS)):
            while await forget(self._pool, before, STEP) == STEP:
                if self._supervisor.stopping.is_set():
                    break
