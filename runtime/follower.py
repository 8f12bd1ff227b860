"""Readers of the feed that keep something else in step with it, each behind a place of its own.

The place moves in the transaction that takes the events in, so a kill loses nothing and doubles nothing. One
process reads at a time; the others do nothing meanwhile.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from runtime.database import Connection, Database, Pool, connect
from runtime.live import HEAD_XID, READ, Cursor, Event, end_of, event_of, is_kept

KEEP_PLACE = timedelta(minutes=10)
# The feed is kept for two days: behind a place noted within one, nothing is missing.
TRUSTED = timedelta(days=1)
# Of events that are none of a reader's it passes over so many before it notes its place.
PASS_OVER = 1000
# Asked for with each round: all of a round's constants in one statement. The step ends where the oldest running
# writer began, so nothing can still slip into it.
LOOK = f"""
WITH place AS (SELECT xid, feed_id, at FROM {{table}} WHERE name = $1),
step AS MATERIALIZED (
  SELECT f.* FROM place p CROSS JOIN LATERAL (
    SELECT xid, id, kind FROM feed
    WHERE (xid, id) > (p.xid::text::xid8, p.feed_id) AND xid < pg_snapshot_xmin(pg_current_snapshot())
    ORDER BY xid, id LIMIT $2) f)
SELECT p.xid, p.feed_id, p.at, {HEAD_XID} AS head,
  l.xid::text::bigint AS last_xid, l.id AS last_id, c.events, c.wanted
FROM place p
CROSS JOIN (SELECT count(*) AS events, count(*) FILTER (WHERE kind = ANY ($3::text[])) AS wanted FROM step) c
LEFT JOIN (SELECT xid, id FROM step ORDER BY xid DESC, id DESC LIMIT 1) l ON true
"""  # noqa: S608 (our own names)
PLACE = "SELECT xid, feed_id FROM {table} WHERE name = $1"
IN_STEP = "(xid, id) > ($1::text::xid8, $2) AND (xid, id) <= ($3::text::xid8, $4)"
"""What of the feed belongs to a step, with the step's `bounds` as the first four values of a statement."""
EVENTS = READ.format(f"{IN_STEP} AND kind = ANY ($5::text[])", "$6")
KEEP = """
INSERT INTO {table} (name, xid, feed_id, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET xid = $2, feed_id = $3, at = $4
"""
LOCK = "SELECT pg_advisory_xact_lock($1)"
# What a follower writes is lost only together with its place, and then made again: it waits for no disk. A
# commit that does holds back the feed's readers, who see nothing that is newer than a running writer. What it reads
# it looks up: plans made while tables were small must not scan what has grown since.
TRY_LOCK = (
    "SELECT pg_try_advisory_xact_lock($1), set_config('synchronous_commit', $2, true),"
    " set_config('enable_seqscan', 'off', true)"
)
TRY_HOLD = "SELECT pg_try_advisory_lock($1)"
IS_HELD = """
SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
  AND (classid::bigint << 32) + objid::bigint = $1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


class Step(msgspec.Struct, frozen=True):
    """A stretch of the feed, after one place and up to another, that a reader takes in at once."""

    after: Cursor
    until: Cursor

    @property
    def bounds(self) -> tuple[str, int, str, int]:
        """The values of IN_STEP."""
        return str(self.after[0]), self.after[1], str(self.until[0]), self.until[1]


Take: TypeAlias = Callable[[Connection, Step], Awaitable[None]]


class Round(msgspec.Struct, frozen=True):
    """What a round did: how many events it went by, and whether more wait."""

    events: int = 0
    more: bool = False


class _Seen(msgspec.Struct, frozen=True):
    """What lies before a reader: its place and when it was noted, the feed's end, how many events the next
    step has, how many of them are wanted, and where it ends.
    """

    place: Cursor
    at: datetime
    head: Cursor
    until: Cursor
    events: int
    wanted: int


@dataclass(frozen=True)
class Reader:
    """One reader of the feed: its place is the row `name` of `table` (name, xid, feed_id, at), `lock` the
    number of its advisory lock, `events` how many it takes a round, `kinds` what it looks for among them;
    `publishes`: it writes to the feed itself.
    """

    table: str
    name: str
    lock: int
    events: int
    kinds: tuple[str, ...]
    publishes: bool = False

    async def follow(self, db: Database, now: datetime, take: Take) -> Round | None:
        """Hand the next step of the feed to `take`, if anything wanted is in it, and move the place, in one
        transaction.

        None: the place is unknown or older than the kept feed, so all must be counted anew and the place set
        by `keep`. While another process is at it, nothing is done.
        """
        # Asked without a transaction at first: most rounds of most readers find nothing of theirs.
        seen = await self._look(db.screens, now)
        if seen is None:
            return None
        if not self._is_worth_it(seen, now):
            return Round(seen.events)
        async with db.transaction() as tx:
            # What is told to screens must not be taken back by a crash of the database.
            if not await tx.fetchval(TRY_LOCK, self.lock, "on" if self.publishes else "off"):
                return Round()
            # Another process may have been here since; from now on none is. Otherwise what was seen still holds:
            # nothing comes before the end of a step.
            row = await tx.fetchrow(PLACE.format(table=self.table), self.name)
            if row is None or (row["xid"], row["feed_id"]) != seen.place:
                seen = await self._look(tx, now)
            if seen is None:
                return None
            if seen.wanted:
                await take(tx, Step(seen.place, seen.until))
            if self._is_worth_it(seen, now):
                await self.keep(tx, seen.until if seen.events else seen.head, now)
            return Round(seen.events, more=seen.events == self.events)

    async def read(self, tx: Connection, step: Step) -> list[Event]:
        """Return what is wanted of a step, in the feed's order."""
        return [
            event_of(row) for row in await tx.fetch(EVENTS, *step.bounds, self.kinds, self.events)
        ]

    async def is_lost(self, db: Database, now: datetime) -> bool:
        """Say whether there is no place to go on from, as `follow` does by None."""
        return await self._look(db.screens, now) is None

    async def wait_for_turn(self, tx: Connection) -> None:
        """Keep every other process from reading until the transaction ends."""
        await tx.execute(LOCK, self.lock)

    async def keep(self, tx: Connection, cursor: Cursor, now: datetime) -> None:
        """Note that everything up to `cursor` has been taken in."""
        await tx.execute(KEEP.format(table=self.table), self.name, *cursor, now)

    def _is_worth_it(self, seen: _Seen, now: datetime) -> bool:
        """Say whether there is anything to take in, or the place falls behind."""
        far = seen.events >= min(PASS_OVER, self.events)
        return seen.wanted > 0 or far or now - seen.at > KEEP_PLACE

    async def _look(self, tx: Connection | Pool, now: datetime) -> _Seen | None:
        """Return what lies before the reader; None when the feed does not hold everything after its place."""
        row = await tx.fetchrow(LOOK.format(table=self.table), self.name, self.events, self.kinds)
        if row is None:
            return None
        place, end = (row["xid"], row["feed_id"]), end_of(row["head"])
        recent = now - row["at"] < TRUSTED and place <= end
        if not (recent or await is_kept(tx, place)):
            return None
        until = (row["last_xid"], row["last_id"]) if row["events"] else place
        return _Seen(place, row["at"], end, until, row["events"], row["wanted"])


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
