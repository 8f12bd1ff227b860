"""The journeys' clock: it runs as fast as the machine's does, and a test may skip, hurry and stop it.

It begins on a Monday morning, whatever the hour and the day the tests are run: no journey crosses midnight.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from runtime.clock import SystemClock

MONDAY = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)  # 10:00 in Taipei


class JourneyClock(SystemClock):
    """A clock that runs from MONDAY, and faster on wish; stopped, it stays at one instant."""

    def __init__(self) -> None:
        self._from, self._began = MONDAY, super().now()
        self._rate = 1.0

    def now(self) -> datetime:
        """Return the instant that everybody in the journey lives in."""
        return self._from + (super().now() - self._began) * self._rate

    def stop(self, instant: datetime) -> None:
        """Stay at `instant`."""
        self._from, self._began, self._rate = instant, super().now(), 0.0

    def advance(self, span: timedelta) -> None:
        """Skip `span` and go on."""
        self._from, self._began = self.now() + span, super().now()

    def hurry(self, rate: float) -> None:
        """Go on `rate` times as fast as the machine's clock."""
        self._from, self._began, self._rate = self.now(), super().now(), rate
