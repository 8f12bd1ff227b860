"""What tests of the feed's readers need."""

from __future__ import annotations

import asyncio

# Any open transaction of this worker's server holds the horizon back: those of a product's tasks, for instance.
HIDDEN = "SELECT EXISTS (SELECT 1 FROM feed WHERE xid >= pg_snapshot_xmin(pg_current_snapshot()))"


async def all_visible(db):
    """Return once readers see every committed row of the feed; no transaction of the test's own may be open."""
    async with asyncio.timeout(60):
        while await db.screens.fetchval(HIDDEN):
            continue
