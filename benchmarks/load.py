"""A load generator that is faster than any server here: one write and one read a call, no pipelining.

Closed loop: every connection has one call in flight. Open loop: calls start at a stated rate whatever the
server does, and a call's time counts from the instant it was due.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from typing_extensions import override

TICK_S = 0.002
DRAIN_S = 20.0
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"

# What to send (whole request bytes) and a note that comes back with its answer; None when there is no more.
Source = Callable[[], tuple[bytes, object] | None]
Told = Callable[[object, int], None]


@dataclass
class Result:
    """What one run came to. Latencies are seconds, `busy` the generator's share of its core."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    busy: float = 0.0
    lost: int = 0

    @property
    def rate(self) -> float:
        """Answers with 200 a second."""
        return self.statuses.get(200, 0) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Return a percentile of the latencies in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


class Caller(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._started = 0.0
        self._note: object = None
        self.busy = False

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no asyncio.Transport by inheritance, only by behaviour.
        self._transport = cast("asyncio.Transport", transport)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        self._run.hung_up(self, in_flight=self.busy)

    def call(self, request: bytes, note: object, started: float) -> None:
        """Send one request; `started` is the instant its time counts from."""
        self.busy, self._note, self._started = True, note, started
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    @override
    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head = self._buffer.find(END_OF_HEAD)
        if head < 0 or len(self._buffer) < head + 4 + body_length(self._buffer[:head]):
            return
        status = int(self._buffer[9:12])
        self._buffer = b""
        self.busy = False
        self._run.answered(self, self._note, status, time.perf_counter() - self._started)


class Run:
    """One run against one server. Drives connections until the source is empty or time is up."""

    def __init__(self, source: Source, told: Told) -> None:
        self.result = Result()
        self._source = source
        self._told = told
        self._free: deque[Caller] = deque()
        self._due: deque[tuple[bytes, object, float]] = deque()
        self._all: set[Caller] = set()
        self._closed_loop = False
        self._until = 0.0
        self._idle = asyncio.Event()
        self._in_flight = 0

    async def connect(self, host: str, port: int, connections: int) -> None:
        """Open the connections."""
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _, caller = await loop.create_connection(lambda: Caller(self), host, port)
            self._free.append(caller)
            self._all.add(caller)

    async def as_fast_as_possible(self, seconds: float) -> Result:
        """Keep every connection busy for `seconds` (closed loop)."""
        self._closed_loop = True
        begun, cpu = time.perf_counter(), time.process_time()
        self._until = begun + seconds
        for caller in list(self._free):
            self._next(caller)
        self._free.clear()
        return await self._finish(begun, cpu)

    async def at_rate(self, rate: float, seconds: float) -> Result:
        """Start `rate` calls a second for `seconds`, evenly spaced (open loop)."""
        begun, cpu = time.perf_counter(), time.process_time()
        started = 0
        while (now := time.perf_counter()) < begun + seconds:
            while started < (now - begun) * rate:
                more = self._source()
                if more is None:
                    break
                self._due.append((*more, begun + started / rate))
                started += 1
            self._send_due()
            await asyncio.sleep(TICK_S)
        return await self._finish(begun, cpu)

    def answered(self, caller: Caller, note: object, status: int, seconds: float) -> None:
        """Count one answer and give the connection its next call."""
        self._in_flight -= 1
        result = self.result
        result.statuses[status] = result.statuses.get(status, 0) + 1
        result.latencies.append(seconds)
        self._told(note, status)
        if self._closed_loop:
            self._next(caller)
        else:
            self._free.append(caller)
            self._send_due()
        if not self._in_flight and not self._due:
            self._idle.set()

    def hung_up(self, caller: Caller, *, in_flight: bool) -> None:
        """Count a connection that the server closed."""
        self._all.discard(caller)
        if caller in self._free:
            self._free.remove(caller)
        if in_flight:
            self._in_flight -= 1
            self.result.lost += 1
        if not self._in_flight and (not self._due or not self._all):
            self._idle.set()

    def _next(self, caller: Caller) -> None:
        now = time.perf_counter()
        more = self._source() if now < self._until else None
        if more is not None:
            self._in_flight += 1
            caller.call(*more, now)

    def _send_due(self) -> None:
        while self._due and self._free:
            self._in_flight += 1
            self._free.popleft().call(*self._due.popleft())

    async def _finish(self, begun: float, cpu: float) -> Result:
        self._idle.clear()
        if self._all and (self._in_flight or self._due):
            async with asyncio.timeout(max(0.0, self._until - time.perf_counter()) + DRAIN_S):
                await self._idle.wait()
        self.result.seconds = time.perf_counter() - begun
        self.result.busy = (time.process_time() - cpu) / self.result.seconds
        for caller in list(self._all):
            caller.close()
        return self.result


def body_length(head: bytes) -> int:
    """Return the length of an answer's body."""
    lower = head.lower()
    at = lower.find(LENGTH)
    return int(lower[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
