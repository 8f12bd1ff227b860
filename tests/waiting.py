"""What tests wait for where nothing else tells them: that somebody stands still at a lock, that a killed process has
let go of one, that a page has come to something.
"""

from __future__ import annotations

import asyncio

STOPPED = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'
"""
HELD = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
NEXT_FRAME = "() => new Promise(requestAnimationFrame)"


async def waiting(pool, count):
    """Return once so many connections of this database wait for a lock."""
    async with asyncio.timeout(60):
        while await pool.fetchval(STOPPED) < count:
            continue


async def let_go(pool):
    """Return once nobody holds an advisory lock: the server notices a while later that a process was killed."""
    async with asyncio.timeout(60):
        while await pool.fetchval(HELD):
            continue


async def comes(page, expression, arg=None):
    """Return once `expression` holds in the page.

    Playwright's own waiting asks a second time with `eval`, which our pages forbid.
    """
    async with asyncio.timeout(60):
        while not await page.evaluate(expression, arg):
            await page.evaluate(NEXT_FRAME)
