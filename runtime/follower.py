"""Readers of the feed that keep something else in step with it, each behind a place of its own.

The place moves in the transaction that takes the events in, so a kill loses nothing and doubles nothing. One
process reads at a time; the others do nothing meanwhile.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import msgspec

from runtime.database import Connection, Database, Pool, connect
from runtime.live import Cursor, Event, head, is_kept, read

KEEP_PLACE = timedelta(minutes=10)
# The feed is kept for two days: behind a place noted within one, nothing is missing.
TRUSTED = timedelta(days=1)
PLACE = "SELECT xid, feed_id, at FROM {table} WHERE name = $1"
KEEP = """
INSERT INTO {table} (name, xid, feed_id, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET xid = $2, feed_id = $3, at = $4
"""
LOCK = "SELECT pg_advisory_xact_lock($1)"
# What a follower writes is lost only together with its place, and then made again: it waits for no disk. A
# commit that does holds back the feed's readers, who see nothing that is newer than a running writer.
TRY_LOCK = "SELECT pg_try_advisory_xact_lock($1), set_config('synchronous_commit', $2, true)"
TRY_HOLD = "SELECT pg_try_advisory_lock($1)"
IS_HELD = """
SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
  AND (classid::bigint << 32) + objid::bigint = $1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""

Take: TypeAlias = Callable[[Connection, Sequence[Event]], Awaitable[None]]


class Round(msgspec.Struct, frozen=True):
    """What a round did: how many events it looked at, and whether more wait."""

    events: int = 0
    more: bool = False


@dataclass(frozen=True)
class Reader:
    """One reader of the feed: its place is the row `name` of `table` (name, xid, feed_id, at), `lock` the
    number of its advisory lock, `events` how many it takes a round; `publishes`: it writes to the feed itself.
    """

    table: str
    name: str
    lock: int
    events: int
    publishes: bool = False

    async def follow(self, db: Database, now: datetime, take: Take) -> Round | None:
        """Hand the next events to `take` and move the place, in one transaction.

        None: the place is unknown or older than the kept feed, so all must be counted anew and the place set
        by `keep`. While another process is at it, nothing is done.
        """
        async with db.transaction() as tx:
            # What is told to screens must not be taken back by a crash of the database.
            if not await tx.fetchval(TRY_LOCK, self.lock, "on" if self.publishes else "off"):
                return Round()
            place = await tx.fetchrow(PLACE.format(table=self.table), self.name)
            if not await _stands(tx, place, now):
                return None
            # Nothing has been written yet, so this transaction holds no other reader of the feed back.
            end = await head(tx)
            events = await read(tx, (place["xid"], place["feed_id"]), self.events)
            if events:
                await take(tx, events)
                await self.keep(tx, events[-1].cursor, now)
            elif now - place["at"] > KEEP_PLACE:
                await self.keep(tx, end, now)
            return Round(len(events), more=len(events) == self.events)

    async def is_lost(self, db: Database, now: datetime) -> bool:
        """Say whether there is no place to go on from, as `follow` does by None."""
        place = await db.screens.fetchrow(PLACE.format(table=self.table), self.name)
        return not await _stands(db.screens, place, now)

    async def wait_for_turn(self, tx: Connection) -> None:
        """Keep every other process from reading until the transaction ends."""
        await tx.execute(LOCK, self.lock)

    async def keep(self, tx: Connection, cursor: Cursor, now: datetime) -> None:
        """Note that everything up to `cursor` has been taken in."""
        await tx.execute(KEEP.format(table=self.table), self.name, *cursor, now)


@asynccontextmanager
async def alone(db: Database, lock: int) -> AsyncIterator[bool]:
    """Hold the advisory lock of this number for as long as it takes; gives False when another process does."""
    # Whoever asks again and again while another is at work for minutes opens no connection each time.
    if await db.screens.fetchval(IS_HELD, lock):
        yield False
        return
    # A connection of its own: the lock ends with it, however this ends.
    connection = await connect(db.dsn)
    try:
        yield bool(await connection.fetchval(TRY_HOLD, lock))
    finally:
        await connection.close()


async def _stands(tx: Connection | Pool, place: Any, now: datetime) -> bool:  # noqa: ANN401 (a database record)
    """Say whether the feed still holds everything after `place`."""
    if place is None:
        return False
    cursor = place["xid"], place["feed_id"]
    recent = now - place["at"] < TRUSTED and cursor <= await head(tx)
    return recent or await is_kept(tx, cursor)
