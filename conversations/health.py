"""When has a platform been silent for unusually long? A comparison with the account's own last week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

WEEK = timedelta(days=7)
# Fewer sightings than this say nothing about what is usual.
ENOUGH = 30
SHORTEST = timedelta(hours=1)
FACTOR = 1.5


def usual_silence(seen: Sequence[datetime], now: datetime) -> timedelta | None:
    """Return the longest silence of the last seven days (nights included), None when too little is known.

    `seen` are instants at which the platform was heard of, in order.
    """
    recent = [at for at in seen if now - WEEK <= at <= now]
    if len(recent) < ENOUGH or recent[-1] - recent[0] < timedelta(days=1):
        return None
    return max(later - earlier for earlier, later in pairwise(recent))


def is_too_silent(seen: Sequence[datetime], now: datetime) -> bool:
    """Say whether the present silence is half as long again as any of the last week, and over an hour."""
    usual = usual_silence(seen, now)
    if usual is None:
        return False
    return now - max(at for at in seen if at <= now) > max(SHORTEST, usual * FACTOR)
