"""How fast an account may send: one token bucket an account, a token a call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

BURST_S = 0.1
# Broadcasts leave this share of a bucket to people and bots.
RESERVE = 0.25


@dataclass
class Bucket:
    """Tokens grow by `rate` a second up to a tenth of a second's worth; `time` returns seconds."""

    rate: float
    time: Callable[[], float]
    _tokens: float = field(init=False)
    _at: float = field(init=False)
    _held_until: float = field(init=False, default=float("-inf"))

    def __post_init__(self) -> None:
        """Begin full."""
        self._tokens = self.burst
        self._at = self.time()

    @property
    def burst(self) -> float:
        """The most tokens it holds."""
        return max(1.0, self.rate * BURST_S)

    def room(self, *, reserve: bool = False) -> int:
        """Return how many calls may start now."""
        now = self.time()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now
        if now < self._held_until:
            return 0
        kept = self.burst * RESERVE if reserve and self.burst >= 4 else 0.0
        return max(0, int(self._tokens - kept + 1e-9))

    def take(self, calls: int) -> None:
        """Use tokens of calls that start now."""
        self._tokens -= calls

    def hold(self, seconds: float) -> None:
        """Start nothing for `seconds`: the platform asked for a rest."""
        self._held_until = max(self._held_until, self.time() + seconds)

    def wait_s(self, *, reserve: bool = False) -> float:
        """Return in how many seconds a call may start."""
        if self.room(reserve=reserve):
            return 0.0
        kept = self.burst * RESERVE if reserve and self.burst >= 4 else 0.0
        needed = max(0.0, 1.0 + kept - self._tokens) / self.rate
        return max(needed, self._held_until - self.time())


class Pacer:
    """The buckets of all accounts."""

    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time
        self._buckets: dict[UUID, Bucket] = {}

    def bucket(self, account_id: UUID, rate: float) -> Bucket:
        """Return the account's bucket; a changed rate makes a new one."""
        bucket = self._buckets.get(account_id)
        if bucket is None or bucket.rate != rate:
            bucket = self._buckets[account_id] = Bucket(rate, self._time)
        return bucket
