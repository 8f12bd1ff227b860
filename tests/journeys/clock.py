"""The journeys' clock: it runs as the machine's does, and a test may set it, stop it and let it go on."""

from __future__ import annotations

from datetime import datetime, timedelta

from runtime.clock import SystemClock


class JourneyClock(SystemClock):
    """The machine's clock moved by a span; stopped, it stays at one instant."""

    def __init__(self) -> None:
        self._shift = timedelta()
        self._stopped: datetime | None = None

    def now(self) -> datetime:
        """Return the instant that everybody in the journey lives in."""
        return self._stopped or super().now() + self._shift

    def set(self, instant: datetime) -> None:
        """Go on from `instant`."""
        self._shift = instant - super().now()
        self._stopped = None

    def stop(self, instant: datetime) -> None:
        """Stay at `instant`."""
        self._stopped = instant

    def advance(self, span: timedelta) -> None:
        """Skip `span` and go on."""
        self.set(self.now() + span)
