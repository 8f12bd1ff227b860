"""What tests of the feed's readers need."""

from __future__ import annotations

import asyncio

# Transactions of the other worker's database hold the horizon back too: it is the whole server's.
HIDDEN = "SELECT EXISTS (SELECT 1 FROM feed WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()))"


async def all_visible(db):
    """Return once readers see every committed row of the feed; no transaction of the test's own may be open."""
    async with asyncio.timeout(60):
        while await db.screens.fetchval(HIDDEN):
            continue
