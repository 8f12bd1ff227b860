"""How far search and figures are behind the feed: they let customers go first, and the work waits for them."""

from __future__ import annotations

import asyncio
import time

import asyncpg

from conversations import rollups as chats
from conversations import search_index as search
from coupons import rollups as claims

READERS = (search.READER, chats.READER, claims.READER)
# Since when the first event that a reader looks for has waited for it.
WAITS = """
SELECT extract(epoch FROM now() - (SELECT f.at FROM feed f
  WHERE (f.xid, f.id) > (p.xid::text::xid8, p.feed_id) AND f.kind = ANY ($2::text[])
  ORDER BY f.xid, f.id LIMIT 1))::float
FROM {table} p WHERE name = $1
"""
LOOK_S = 0.5
# Profiles that are looked up keep coming after everything else.
FRESH_S = 2.0


async def behind(connection: asyncpg.Connection) -> float:
    """Return the seconds that the reader furthest behind has still to take in; 0 when all have caught up."""
    waits = [
        await connection.fetchval(WAITS.format(table=one.table), one.name, list(one.kinds))
        for one in READERS
    ]
    return max(wait or 0.0 for wait in waits)


async def caught_up(connection: asyncpg.Connection, patience_s: float) -> float:
    """Wait until nothing older than FRESH_S waits; return the seconds it took, or infinity after `patience_s`."""
    begun = time.perf_counter()
    while await behind(connection) > FRESH_S:
        if time.perf_counter() - begun > patience_s:
            return float("inf")
        await asyncio.sleep(LOOK_S)
    return time.perf_counter() - begun
