"""The live feed: publish what changed, follow it from a cursor in commit order.

Rows carry their transaction's id; a reader takes only rows of transactions older than every running one,
in (xid, id) order, so nothing committed late is ever passed over. NOTIFY is never used inside a working
transaction (it holds a global lock through commit): after a commit the process calls `committed`, which
wakes its own streams and, at most every 20 ms, tells other processes from a connection of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from runtime.arrays import every, once
from runtime.database import Connection, Pool
from runtime.presence import Presence, Sign
from runtime.subscription import BACKLOG, Batch, Follower, Reset
from runtime.tasks import Supervisor

CHANNEL = "tessera_live"
SIGNS = "tessera_signs"
TELL_SIGNS = "SELECT pg_notify($1, sign) FROM unnest($2::text[]) AS s (sign)"
POLL_S = 0.25
CHASE_S = 0.01
NOTIFY_GAP_S = 0.02
READ_GAP_S = 0.01
RING_S = 1.0
# Each write to a stream has its price whatever it says: with 200 streams events gather for 50 ms.
GAP_EACH_S, LONGEST_GAP_S = 0.0002, 0.1
BATCH = 500
NIL = (0, 0)
# A topic nobody listens for: the commit is of interest to the feed's followers alone.
FEED = "feed"

Cursor = tuple[int, int]
_json = msgspec.json.Encoder()
_signs = msgspec.json.Decoder(Sign)

PUBLISH = f"""
INSERT INTO feed (workspace_id, kind, subject, detail, at)
SELECT {every("w", "$1::uuid[]")}, {every("k", "$2::text[]")}, s, d::jsonb, {every("at", "$5::timestamptz[]")}
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::timestamptz[]) WITH ORDINALITY AS u (w, k, s, d, at, n)
ORDER BY n
"""  # noqa: S608 (columns of our own; every value is a parameter)
READ = """
SELECT xid::text::bigint AS xid, id, workspace_id, kind, subject, detail FROM feed
WHERE {} ORDER BY xid, id LIMIT {}
"""
AFTER = READ.format(
    "(xid, id) > ($1::text::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())", "$3"
)
# The latest transaction that every reader sees, for a statement that is made anyway; `end_of` makes it a cursor.
HEAD_XID = "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)"
HEAD = f"SELECT {HEAD_XID}"
OLDEST = "SELECT xid::text::bigint AS xid, id FROM feed ORDER BY xid, id LIMIT 1"


class Change(msgspec.Struct, frozen=True):
    """What a screen may want to know: ids and versions only, never words or HTML."""

    workspace_id: UUID
    kind: str
    subject: UUID
    detail: Mapping[str, Any] = {}


class Event(msgspec.Struct, frozen=True):
    """A change with its place in the feed."""

    cursor: Cursor
    change: Change


class _Gathered(msgspec.Struct):
    tx: Connection
    changes: list[tuple[Change, datetime]]


_gathered: ContextVar[_Gathered | None] = ContextVar("gathered", default=None)


@contextlib.asynccontextmanager
async def gathering(tx: Connection) -> AsyncIterator[None]:
    """Write what is published on `tx` meanwhile with one statement at the end (none when it raises)."""
    gathered = _Gathered(tx, [])
    mark = _gathered.set(gathered)
    try:
        yield
        await _write(tx, gathered.changes)
    finally:
        _gathered.reset(mark)


async def publish(tx: Connection, changes: Sequence[Change], at: datetime) -> None:
    """Add `changes` to the feed within the caller's transaction."""
    rows = [(change, at) for change in changes]
    gathered = _gathered.get()
    if gathered is not None and gathered.tx is tx:
        gathered.changes += rows
    else:
        await _write(tx, rows)


async def _write(tx: Connection, rows: Sequence[tuple[Change, datetime]]) -> None:
    if rows:
        await tx.execute(
            PUBLISH,
            once([change.workspace_id for change, _ in rows]),
            once([change.kind for change, _ in rows]),
            [change.subject for change, _ in rows],
            [_json.encode(change.detail).decode() for change, _ in rows],
            once([at for _, at in rows]),
        )


async def read(connection: Connection | Pool, cursor: Cursor, limit: int = BATCH) -> list[Event]:
    """Return up to `limit` events after `cursor`, none of which anything can still slip before."""
    rows = await connection.fetch(AFTER, str(cursor[0]), cursor[1], limit)
    return [event_of(row) for row in rows]


def event_of(row: Any) -> Event:  # noqa: ANN401 (a database record)
    """Return a row of READ as an event."""
    change = Change(row["workspace_id"], row["kind"], row["subject"], row["detail"])
    return Event((row["xid"], row["id"]), change)


async def head(connection: Connection | Pool) -> Cursor:
    """Return the cursor behind everything committed so far."""
    return end_of(await connection.fetchval(HEAD))


def end_of(head_xid: int) -> Cursor:
    """Return the cursor behind everything that was committed when HEAD_XID was asked for."""
    return head_xid, 2**62


async def is_kept(connection: Connection | Pool, cursor: Cursor) -> bool:
    """Say whether every row after `cursor` is still kept. Careful rather than clever: a cursor before the
    oldest kept row may have missed deleted ones, unless that row is the first.
    """
    oldest = await connection.fetchrow(OLDEST)
    end = await head(connection)
    if cursor > end or (oldest is None and cursor[0] < end[0]):
        return False
    first = oldest is None or oldest["id"] <= 1
    return first or cursor >= (oldest["xid"], oldest["id"])


def to_text(cursor: Cursor) -> str:
    """Return the cursor as an event id."""
    return f"{cursor[0]}-{cursor[1]}"


def from_text(text: str) -> Cursor | None:
    """Return the cursor of an event id, None when it is not one."""
    first, dash, second = text.partition("-")
    if dash and text.isascii() and first.isdigit() and second.isdigit() and len(text) < 40:
        place = int(first), int(second)
        return place if max(place) < 2**63 else None
    return None


async def teller(dsn: str) -> Connection:
    """Connect as who tells other processes of commits. A notification has a transaction of its own, which must
    not hold the feed back while a disk is written.
    """
    settings = {"application_name": "tessera live", "synchronous_commit": "off"}
    return await asyncpg.connect(dsn, server_settings=settings)


class LiveFeed:
    """Reads the feed once a process and hands its events to every follower."""

    def __init__(self, dsn: str, pool: Pool, supervisor: Supervisor) -> None:
        self._dsn = dsn
        self._pool = pool
        self._supervisor = supervisor
        self._followers: set[Follower] = set()
        self._wake = asyncio.Event()
        self._dirty = asyncio.Event()
        self._cursor: Cursor = NIL
        self._listeners: list[tuple[Callable[[], None], frozenset[str]]] = []
        self._afar: list[Callable[[], None]] = []
        self._rung_at = 0.0
        self.presence = Presence()
        self._nudged = False
        self._untold: deque[str] = deque(maxlen=BACKLOG)

    async def start(self) -> None:
        """Begin reading at the present end of the feed."""
        self._cursor = await self.head()
        self._supervisor.wakes(self._wake, self._dirty)
        self._supervisor.start("live reader", self._read_loop)
        self._supervisor.start("live notify", self._notify_loop)

    def listen(
        self, callback: Callable[[], None], *topics: str, afar: Callable[[], None] | None = None
    ) -> None:
        """Call `callback` after each commit about one of `topics` (none: any) that this process tells of,
        and after any that another tells of; `afar` instead for those, which name no topic.
        """
        self._listeners.append((callback, frozenset(topics)))
        self._afar.append(afar or callback)

    def committed(self, *topics: str) -> None:
        """Tell the feed, and whoever listens in any process, that a transaction has committed. `topics`
        names what else it wrote, for listeners of this process; none: it may have written anything.
        """
        self._wake.set()
        self.nudge(*topics)

    def nudge(self, *topics: str) -> None:
        """Tell whoever listens in any process of a commit that put nothing into the feed."""
        self._nudged = True
        self._dirty.set()
        for callback, wanted in self._listeners:
            if not topics or not wanted or not wanted.isdisjoint(topics):
                callback()

    def sign(self, sign: Sign) -> None:
        """Tell every process, this one at once, of somebody's presence. Nothing is stored."""
        self._see(sign)
        self._untold.append(_json.encode(sign).decode())
        self._dirty.set()

    def _see(self, sign: Sign) -> None:
        self.presence.note(sign)
        for follower in self._followers:
            follower.see(sign)

    def _woken(self) -> None:
        self._wake.set()
        for callback in self._afar:
            callback()

    async def head(self) -> Cursor:
        """Return the cursor behind everything committed so far."""
        return await head(self._pool)

    @contextlib.asynccontextmanager
    async def follow(self, cursor: Cursor | None = None) -> AsyncIterator[Follower]:
        """Follow from `cursor` (None: from now on); raises Reset when it is older than the kept feed."""
        if not self._followers:
            end = await self.head()
            # Nobody followed, so nobody read; another may have come, and been read for, meanwhile.
            if not self._followers:
                self._cursor = max(self._cursor, end)
        follower = Follower(cursor or self._cursor)
        self._followers.add(follower)
        try:
            if cursor is not None:
                if not await is_kept(self._pool, cursor):
                    raise Reset
                await self._catch_up(follower, self._cursor)
            yield follower
        finally:
            self._followers.discard(follower)

    async def _catch_up(self, follower: Follower, until: Cursor) -> None:
        """Put what was committed between the follower's cursor and the reader's before what is live."""
        missed: list[Event] = []
        cursor = follower.cursor
        while cursor < until:
            events = [event for event in await read(self._pool, cursor) if event.cursor <= until]
            if not events:
                break
            missed += events
            cursor = events[-1].cursor
            if len(missed) > BACKLOG:
                raise Reset
        follower.insert(missed, until)

    async def _read_loop(self) -> None:
        chase = 0
        while not self._supervisor.stopping.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHASE_S if chase else POLL_S):
                    await self._wake.wait()
            if self._wake.is_set():
                # A commit's rows show once every older writer has ended: look again shortly.
                self._wake.clear()
                chase = 20
            self._ring()
            if not self._followers:
                chase = 0
                await self._supervisor.pause(READ_GAP_S)
                continue
            events = await read(self._pool, self._cursor)
            chase = 0 if events and len(events) < BATCH else max(chase - 1, 0)
            if events:
                self._cursor = max(self._cursor, events[-1].cursor)
                chase = max(chase, 3)
                batch = Batch(events)
                for follower in self._followers:
                    follower.push(batch)
            # Under load every commit wakes: without a gap this would read a thousand times a second.
            await self._supervisor.pause(self._gap_s() if events else READ_GAP_S)

    def _ring(self) -> None:
        """Wake every follower once a second: one clock for all of them instead of one each."""
        now = asyncio.get_running_loop().time()
        if now - self._rung_at >= RING_S:
            self._rung_at = now
            for follower in self._followers:
                follower.ring()

    def _gap_s(self) -> float:
        return min(READ_GAP_S + GAP_EACH_S * len(self._followers), LONGEST_GAP_S)

    async def _notify_loop(self) -> None:
        connection = await teller(self._dsn)
        try:
            await connection.add_listener(CHANNEL, self._notified)
            await connection.add_listener(SIGNS, self._signed)
            while not self._supervisor.stopping.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._dirty.wait()
                if self._dirty.is_set():
                    self._dirty.clear()
                    await self._tell(connection)
                    await self._supervisor.pause(NOTIFY_GAP_S)
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError):
                await connection.close(timeout=2)

    async def _tell(self, connection: Connection) -> None:
        signs = list(self._untold)
        self._untold.clear()
        nudged, self._nudged = self._nudged, False
        if nudged:
            await connection.execute(f"NOTIFY {CHANNEL}")
        if signs:
            await connection.execute(TELL_SIGNS, SIGNS, signs)

    def _signed(self, connection: Connection, pid: int, _: str, text: str) -> None:
        if pid != connection.get_server_pid():
            self._see(_signs.decode(text))

    def _notified(self, connection: Connection, pid: int, *_: object) -> None:
        if pid != connection.get_server_pid():
            self._woken()
