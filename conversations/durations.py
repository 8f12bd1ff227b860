"""Durations in buckets that add up, and the quantiles read from them. Pure.

Bucket n holds the whole seconds from BOUNDS[n - 1] up to, but not with, BOUNDS[n]; bucket 0 is under a second.
The bounds grow by a fifth, so a quantile is wrong by a tenth at the most.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import datetime, timedelta

# Up to two years; what lasted longer stands in the last bucket.
BOUNDS = tuple(sorted({round(2 ** (step / 4)) for step in range(105)}))
LONGEST = BOUNDS[-1]


def bucket_of(begun: datetime, ended: datetime) -> int:
    """Return the bucket of a wait; one that ends before it begins took no time."""
    return bisect_right(BOUNDS, max(0, (ended - begun) // timedelta(seconds=1)))


def quantile(counts: Mapping[int, int], part: float) -> timedelta | None:
    """Return how long at most the quickest `part` (0 to 1) of the waits took; None of no waits."""
    total = sum(counts.values())
    if not total:
        return None
    wanted, before = part * total, 0
    for bucket in sorted(counts):
        if counts[bucket] and before + counts[bucket] >= wanted:
            low = BOUNDS[bucket - 1] if bucket else 0
            high = BOUNDS[bucket] if bucket < len(BOUNDS) else LONGEST
            return timedelta(seconds=low + (high - low) * (wanted - before) / counts[bucket])
        before += counts[bucket]
    return timedelta(seconds=LONGEST)
