"""What tests of races need: to know that somebody stands still at a lock."""

from __future__ import annotations

import asyncio

STOPPED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'
"""


async def waiting(pool, count):
    """Return once so many connections of this database wait for a lock."""
    async with asyncio.timeout(60):
        while await pool.fetchval(STOPPED) < count:
            continue
