"""Group commit: the events of many webhook calls become durable in one statement.

Two writers, each with a connection of its own, take what has gathered while they were busy; after a batch has
left, what comes gathers for some milliseconds, for a commit of one call costs most of what one of ten costs.
A call is told once its rows are committed, or after 1.5 s that they are not (LINE stops waiting at 2 s); the
platform then repeats it, and what was stored after all is recognised by its key.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from itertools import chain
from typing import TypeAlias

import asyncpg
import structlog

from conversations import inbox
from conversations.inbox import NewEvent
from gateway.metrics import Metrics
from runtime.database import Connection
from runtime.tasks import Supervisor

WRITERS = 2
PATIENCE_S = 1.5
STATEMENT_S = 2.0
RECONNECT_S = 0.1
BATCH_ROWS = 1000
# The longer a batch took, the busier the machine is, and the more is saved by waiting for others; so many calls are
# worth a commit of their own at any time, and whoever calls often may have no more to send before we answer.
GATHER_S, LONGEST_GATHER_S, ENOUGH = 0.01, 0.025, 16

log = structlog.get_logger("intake")

Connect: TypeAlias = Callable[[], Awaitable[Connection]]
OnStored: TypeAlias = Callable[[Collection[int]], None]

# The connection is gone, or the server cannot work at all: no row is to blame.
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalClientError,
)
RIVALS = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


class NotDurable(Exception):
    """The events could not be stored in time; the platform must send them again."""


class Ticket:
    """One call's events and the future its handler waits for. `deadline` is in loop time."""

    __slots__ = ("deadline", "done", "events")

    def __init__(
        self, events: Sequence[NewEvent], deadline: float, done: asyncio.Future[None]
    ) -> None:
        self.events = events
        self.deadline = deadline
        self.done = done

    def settle(self, error: Exception | None = None) -> None:
        """Tell the handler, unless it was told already or has gone."""
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class Intake:
    """The queue before the inbox. `start`, then `submit`; `stop` finishes what is queued."""

    def __init__(
        self,
        connect: Connect,
        metrics: Metrics,
        *,
        patience_s: float = PATIENCE_S,
        gather_s: float = GATHER_S,
        on_stored: OnStored = lambda _: None,
    ) -> None:
        """`on_stored` is called after each commit that stored something new, with the lanes it may be in.
        `gather_s`: for how long, at least, few calls gather after a batch.
        """
        self._connect = connect
        self._on_stored = on_stored
        self._patience_s = patience_s
        self._gather_s = gather_s
        self._gathers = False
        self._window_s = gather_s
        self._gathered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._gather_until = 0.0
        self._tasks = Supervisor()
        self._queue: deque[Ticket] = deque()
        self._open: deque[Ticket] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._stored = metrics.rows.labels("stored")
        self._duplicate = metrics.rows.labels("duplicate")
        self._batches = metrics.batches

    def start(self) -> None:
        """Start the writers."""
        for number in range(WRITERS):
            self._tasks.start(f"intake writer {number}", self._write)

    async def stop(self, grace_s: float = 5.0) -> None:
        """Store what is queued, then end the writers."""
        self._tasks.stopping.set()
        end_wait(self._gathered)
        while self._idle:
            self._wake()
        await self._tasks.stop(grace_s)
        for ticket in self._open:
            ticket.settle(NotDurable("The server is stopping"))
        if self._alarm is not None:
            self._alarm.cancel()

    def submit(self, events: Sequence[NewEvent]) -> asyncio.Future[None]:
        """Queue one call's events; the future ends once they are durable, or with NotDurable."""
        done = self._loop.create_future()
        ticket = Ticket(events, self._loop.time() + self._patience_s, done)
        self._queue.append(ticket)
        self._open.append(ticket)
        if self._gathers:
            if len(self._queue) >= ENOUGH:
                end_wait(self._gathered)
        elif self._idle:
            self._wake()
        if self._alarm is None:
            self._alarm = self._loop.call_at(ticket.deadline, self._expire)
        return done

    def _wake(self) -> None:
        end_wait(self._idle.popleft())

    def _expire(self) -> None:
        """Give up on calls that waited too long: one timer, set for the oldest open call."""
        now = self._loop.time()
        while self._open and (self._open[0].done.done() or self._open[0].deadline <= now + 0.001):
            self._open.popleft().settle(NotDurable("The database did not answer in time"))
        self._alarm = (
            self._loop.call_at(self._open[0].deadline, self._expire) if self._open else None
        )

    async def _write(self) -> None:
        connection: Connection | None = None
        try:
            while self._queue or not self._tasks.stopping.is_set():
                if not self._queue or (self._gathers and not self._tasks.stopping.is_set()):
                    await self._rest()
                    continue
                await self._gather()
                batch = self._take()
                if not batch:
                    continue
                begun = self._begin()
                try:
                    connection = connection or await self._connect()
                    await self._store(connection, batch)
                    self._end(begun)
                except AWAY as error:
                    log.warning("database away", error=repr(error))
                    self._batches.labels("lost").inc()
                    self._queue.extendleft(reversed(batch))
                    await discard(connection)
                    connection = None
                    await asyncio.sleep(RECONNECT_S)
        finally:
            await discard(connection)

    async def _rest(self) -> None:
        waiter = self._loop.create_future()
        self._idle.append(waiter)
        await waiter

    async def _gather(self) -> None:
        """Let more calls come, one writer at a time, where another batch has only just left."""
        over = self._gather_until <= self._loop.time() or self._tasks.stopping.is_set()
        if over or len(self._queue) >= ENOUGH:
            return
        self._gathers = True
        waiter = self._gathered = self._loop.create_future()
        alarm = self._loop.call_at(self._gather_until, end_wait, waiter)
        try:
            await waiter
        finally:
            alarm.cancel()
            self._gathers = False

    def _begin(self) -> float:
        """Note that a batch is on its way, and until when others gather; returns the time."""
        now = self._loop.time()
        self._gather_until = now + self._window_s
        return now

    def _end(self, begun: float) -> None:
        """Note that a batch has been committed."""
        took_s = self._loop.time() - begun
        self._window_s = max(self._gather_s, min(2 * took_s, LONGEST_GATHER_S))

    def _take(self) -> list[Ticket]:
        """Take the calls still waiting, up to a batch of rows; those given up need not be stored."""
        batch: list[Ticket] = []
        rows = 0
        while self._queue and rows < BATCH_ROWS:
            ticket = self._queue.popleft()
            if not ticket.done.done():
                batch.append(ticket)
                rows += len(ticket.events)
        return batch

    async def _store(self, connection: Connection, batch: list[Ticket]) -> None:
        """Commit a batch: once more when a rival got in the way, then each row for itself."""
        events = list(chain.from_iterable(ticket.events for ticket in batch))
        for outcome in ("retried", "split"):
            try:
                self._count(events, await inbox.append(connection, events, STATEMENT_S))
            except RIVALS:
                self._batches.labels(outcome).inc()
            except asyncpg.PostgresError as error:
                if isinstance(error, AWAY):
                    raise
                self._batches.labels("split").inc()
                break
            else:
                self._batches.labels("committed").inc()
                self._finish(batch)
                return
        for ticket in batch:
            ticket.settle(await self._store_alone(connection, ticket.events))

    async def _store_alone(
        self, connection: Connection, events: Sequence[NewEvent]
    ) -> NotDurable | None:
        """Store row by row, so that only the call with the row at fault gets the error."""
        failure: NotDurable | None = None
        for event in events:
            try:
                self._count([event], await inbox.append(connection, [event], STATEMENT_S))
            except asyncpg.PostgresError as error:
                if isinstance(error, AWAY):
                    raise
                log.warning("event refused", request_id=event.request_id, error=repr(error))
                failure = NotDurable("The database refused an event")
        return failure

    def _count(self, events: Sequence[NewEvent], stored: int) -> None:
        self._stored.inc(stored)
        if stored:
            self._on_stored({event.lane for event in events})
        self._duplicate.inc(len(events) - stored)

    def _finish(self, batch: list[Ticket]) -> None:
        for ticket in batch:
            ticket.settle()
        while self._open and self._open[0].done.done():
            self._open.popleft()


def end_wait(waiter: asyncio.Future[None]) -> None:
    """End a wait, unless something else has ended it."""
    if not waiter.done():
        waiter.set_result(None)


def connector(dsn: str) -> Connect:
    """Return how a writer connects: briefly tried, for a call waits 1.5 s at most."""

    async def connect() -> Connection:
        settings = {"application_name": "tessera intake", "timezone": "UTC"}
        return await asyncpg.connect(dsn, timeout=STATEMENT_S, server_settings=settings)

    return connect


async def discard(connection: Connection | None) -> None:
    """Close a connection that may be broken, without waiting for the server."""
    if connection is not None:
        with contextlib.suppress(
            OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError
        ):
            connection.terminate()
