"""How much memory this process may use: the machine's, or less where its container has a limit."""

from __future__ import annotations

import os
from pathlib import Path

LIMIT = Path("/sys/fs/cgroup/memory.max")
MIB = 1 << 20


def memory_mib(limit: Path = LIMIT) -> int:
    """Return the number of MiB, 0 where nothing tells. `limit`: the bytes of a control group, or "max"."""
    try:
        own = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB
    except (OSError, ValueError):  # not on Linux
        own = 0
    try:
        granted = int(limit.read_text()) // MIB
    except (OSError, ValueError):
        return own
    return min(own, granted) if own else granted
