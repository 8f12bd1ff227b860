"""Lets an open page turn by itself: one reader of the live feed a process, one light stream a page.

A stream carries nothing but a word for the claim's state, read anew when the feed names the claim; the
page fetches itself when the word is another. Where streams are full, or the browser has none, the page asks
for the word now and then.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID
from weakref import WeakSet

from aiohttp import web

from coupons.page_reads import ClaimVersion
from coupons.pages.fetchers import only_looks
from coupons.pages.found import find_version
from runtime.appkeys import LIVE, SUPERVISOR
from runtime.live import Change, Event, LiveFeed
from runtime.subscription import Follower, Reset
from runtime.tasks import Supervisor

MOST = 4000
BEAT_S = 20.0
LOOK_UP_S = 0.5
LONGEST_S = 600.0
WRITE_S = 10.0
RETRY_MS = 4000


class Watch:
    """Who waits for news of which claim; the feed is followed from the first who waits."""

    def __init__(self, most: int = MOST) -> None:
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._waiting: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._most = most
        self._count = 0
        self._following = False

    @property
    def full(self) -> bool:
        """Whether no more streams are taken."""
        return self._count >= self._most

    @contextmanager
    def waiting(self, claim: ClaimVersion) -> Iterator[asyncio.Event]:
        """Give an event that is set whenever the feed names the claim, or a new state of its coupon."""
        bell = asyncio.Event()
        subjects = (claim.id, claim.coupon_id)
        self._count += 1
        for subject in subjects:
            self._waiting[subject].add(bell)
        try:
            yield bell
        finally:
            self._count -= 1
            for subject in subjects:
                self._waiting[subject].discard(bell)
                if not self._waiting[subject]:
                    del self._waiting[subject]

    def follow(self, live: LiveFeed, supervisor: Supervisor) -> None:
        """Begin to follow the feed, once."""
        if not self._following:
            self._following = True
            supervisor.start("claim pages", lambda: self._run(live, supervisor))

    async def _run(self, live: LiveFeed, supervisor: Supervisor) -> None:
        while not supervisor.stopping.is_set():
            try:
                async with live.follow() as follower:
                    self._ring_all()
                    while not supervisor.stopping.is_set():
                        for event in await _taken(follower):
                            self._hear(event.change)
            except Reset:
                continue

    def _hear(self, change: Change) -> None:
        # A coupon's stock changes all the time; only its state concerns an open page.
        if change.kind == "claim" or (change.kind == "coupon" and "state" in change.detail):
            self._ring(change.subject)

    def _ring(self, subject: UUID) -> None:
        for bell in self._waiting.get(subject, ()):
            bell.set()

    def _ring_all(self) -> None:
        for subject in list(self._waiting):
            self._ring(subject)


WATCH = web.AppKey("watch", Watch)


async def word(request: web.Request) -> web.Response:
    """Answer the claim's state as one word: one indexed read, no page."""
    found = await find_version(request)
    if isinstance(found, web.Response):
        return found
    return web.json_response({"version": found.word}, headers={"Cache-Control": "no-store"})


async def stream(request: web.Request) -> web.StreamResponse:
    """Send the claim's state now and at each change, for ten minutes at most; 204 where there is no room."""
    found = await find_version(request)
    if isinstance(found, web.Response):
        return found
    watch = request.config_dict[WATCH]
    if watch.full or only_looks(request.headers):
        return web.Response(status=204)
    watch.follow(request.config_dict[LIVE], request.config_dict[SUPERVISOR])
    task = asyncio.current_task()
    if task is not None:
        watch.tasks.add(task)
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
            "Referrer-Policy": "no-referrer",
        }
    )
    try:
        await response.prepare(request)
        await _tell(request, response, found, watch)
    except (ConnectionError, TimeoutError):
        pass  # the page is gone, or too slow: it asks again when it is looked at
    return response


async def close_streams(app: web.Application) -> None:
    """End every stream when the server stops; pages come back by themselves."""
    for task in list(app[WATCH].tasks):
        task.cancel()


async def _taken(follower: Follower) -> Sequence[Event]:
    """Take what is new, nothing after a while: so that the loop sees that the server stops."""
    try:
        async with asyncio.timeout(LOOK_UP_S):
            return await follower.take()
    except TimeoutError:
        return ()


async def _tell(
    request: web.Request, response: web.StreamResponse, found: ClaimVersion, watch: Watch
) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_S
    with watch.waiting(found) as bell:
        await _write(response, f"retry: {RETRY_MS}\nevent: state\ndata: {found.word}\n\n")
        while loop.time() < until:
            try:
                async with asyncio.timeout(BEAT_S):
                    await bell.wait()
            except TimeoutError:
                await _write(response, ": still here\n\n")
                continue
            bell.clear()
            fresh = await find_version(request)
            if isinstance(fresh, web.Response):
                return
            if fresh.word != found.word:
                found = fresh
                await _write(response, f"event: state\ndata: {fresh.word}\n\n")


async def _write(response: web.StreamResponse, text: str) -> None:
    async with asyncio.timeout(WRITE_S):
        await response.write(text.encode())
