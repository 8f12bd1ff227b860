"""One follower of the live feed: what it was handed and has not taken yet."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from runtime.presence import Sign

if TYPE_CHECKING:
    from runtime.live import Cursor, Event

BACKLOG = 2000


class Reset(Exception):
    """The cursor is older than the kept feed, or the follower fell behind: reload and start anew."""


class Batch(msgspec.Struct):
    """Events read together, in order. All followers get the same object: what one of them makes of it to
    send, it keeps in `made` for the others.
    """

    events: Sequence[Event]
    made: dict[Hashable, Any] = {}


class Follower:
    """One subscription: events arrive in order; one that cannot keep up is cut with Reset.

    `taker` is offered each batch as it is read, unless earlier ones still wait, and returns whether it has taken
    it; if not, the batch waits for `batches`.
    """

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.taker: Callable[[Batch], bool] | None = None
        self._batches: list[Batch] = []
        self._count = 0
        self._ready = asyncio.Event()
        self._lost = False
        self._signs: deque[Sign] = deque(maxlen=BACKLOG)

    def see(self, sign: Sign) -> None:
        """Hand over a sign of somebody's presence."""
        self._signs.append(sign)
        self._ready.set()

    def seen(self) -> Sequence[Sign]:
        """Return the signs handed over since the last call."""
        if not self._signs:
            return ()
        signs = list(self._signs)
        self._signs.clear()
        return signs

    def ring(self) -> None:
        """Wake whoever waits, without anything new: a second has passed."""
        self._ready.set()

    def push(self, batch: Batch) -> None:
        """Hand over events read by the feed; those up to the cursor are known already."""
        if batch.events and batch.events[0].cursor <= self.cursor:
            batch = Batch([event for event in batch.events if event.cursor > self.cursor])
        if not batch.events:
            return
        if self._is_taken(batch):
            self.cursor = batch.events[-1].cursor
            return
        if self._count + len(batch.events) > BACKLOG:
            self._lost = True
        else:
            self._batches.append(batch)
            self._count += len(batch.events)
        self._ready.set()

    def _is_taken(self, batch: Batch) -> bool:
        if self.taker is None or self._batches or self._lost:
            return False
        return self.taker(batch)

    def insert(self, missed: Sequence[Event], until: Cursor) -> None:
        """Put what was missed up to `until` before what has been handed over since."""
        later = [Batch([e for e in batch.events if e.cursor > until]) for batch in self._batches]
        self._batches, self._count = [], 0
        for batch in (Batch(missed), *later):
            self.push(batch)

    async def batches(self) -> Sequence[Batch]:
        """Wait for the next events, for a sign or for a ring (then perhaps none); raises Reset when this
        follower fell behind.
        """
        await self._ready.wait()
        self._ready.clear()
        if self._lost:
            raise Reset
        batches, self._batches, self._count = self._batches, [], 0
        if batches:
            self.cursor = batches[-1].events[-1].cursor
        return batches

    async def take(self) -> list[Event]:
        """Wait as `batches` does and return the events one by one."""
        return [event for batch in await self.batches() for event in batch.events]
