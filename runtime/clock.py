"""The only reader of the system clock. Business code takes a `Clock`; tests hand in a `FixedClock`."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the current instant, in UTC."""

    def now(self) -> datetime:
        """Return the current instant with tzinfo UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current instant with tzinfo UTC."""
        return datetime.fromtimestamp(time.time(), tz=UTC)


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def now(self) -> datetime:
        """Return the instant it was set to."""
        return self._instant

    def set(self, instant: datetime) -> None:
        """Move to `instant`."""
        self._instant = instant

    def advance(self, span: timedelta) -> None:
        """Move on by `span`."""
        self._instant += span


def to_ms(instant: datetime) -> int:
    """Return Unix milliseconds."""
    return int(instant.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """Return the instant of Unix milliseconds, clamped to what PostgreSQL and Python can hold."""
    return datetime.fromtimestamp(min(max(milliseconds, 0), 253_402_300_799_000) / 1000, tz=UTC)
