"""How many processors this process may use: those it may run on, or fewer where its container has a quota."""

from __future__ import annotations

import math
import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")


def processors(quota: Path = QUOTA) -> int:
    """Return the number, 1 at least. `quota`: "microseconds period" of a control group, or "max period"."""
    try:
        own = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        own = os.cpu_count() or 1
    try:
        granted, period = (float(word) for word in quota.read_text().split())
        return max(1, min(own, math.ceil(granted / period)))
    except (OSError, ValueError, ZeroDivisionError):
        return own
