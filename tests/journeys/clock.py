"""The journeys' clock: it runs as the machine's does, and a test may skip, hurry and stop it."""

from __future__ import annotations

from datetime import datetime, timedelta

from runtime.clock import SystemClock


class JourneyClock(SystemClock):
    """The machine's clock moved by a span, and faster on wish; stopped, it stays at one instant."""

    def __init__(self) -> None:
        self._from = self._began = super().now()
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
