"""Server-sent events: what changed, as ids and versions, from a cursor; closed when the session ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from weakref import WeakSet

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.presence import presence_facts
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.live import Event, Follower, Reset, from_text, to_text
from runtime.presence import Sign
from team.queries import Viewer, role_of_session

BEAT_S = 15.0
CHECK_S = 3.0
WRITE_S = 10.0
PRIVATE = frozenset({"session", "member"})
# What concerns one member alone: the one its detail names.
PERSONAL = frozenset({"read", "mention", "draft"})


class Streams:
    """The tasks of the streams that are open."""

    def __init__(self) -> None:
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()


STREAMS = web.AppKey("streams", Streams)


class Over(Exception):
    """The session ended or its member's role changed."""


async def stream(request: web.Request) -> web.StreamResponse:
    """Send the workspace's changes until the session is over or the reader leaves."""
    sent = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
    )
    task = asyncio.current_task()
    if task is not None:
        request.app[STREAMS].tasks.add(task)
    out = Stream(request, response)
    try:
        await response.prepare(request)
        await out.run(sent)
    except Over:
        await out.write("event: end\ndata: {}\n\n")
    except (ConnectionError, TimeoutError):
        pass  # the reader is gone, or too slow to keep up: it resumes from its cursor
    return response


async def close_streams(app: web.Application) -> None:
    """End every stream when the server stops; browsers come back by themselves."""
    for task in list(app[STREAMS].tasks):
        task.cancel()


class Stream:
    """One open stream."""

    def __init__(self, request: web.Request, response: web.StreamResponse) -> None:
        self._request = request
        self._response = response
        self._viewer: Viewer = request[VIEWER]
        self._loop = asyncio.get_running_loop()
        self._beat_at = self._loop.time() + BEAT_S
        self._check_at = self._loop.time() + CHECK_S

    async def run(self, cursor: str) -> None:
        """Send from `cursor` on; a cursor that is too old gets `reset`, and the stream starts anew."""
        feed = self._request.config_dict[LIVE]
        place = from_text(cursor)
        while True:
            try:
                async with feed.follow(place) as follower:
                    await self.write(
                        f"id: {to_text(follower.cursor)}\nevent: hello\ndata: {{}}\n\n"
                    )
                    await self._pump(follower)
            except Reset:
                head = to_text(await feed.head())
                await self.write(f"id: {head}\nevent: reset\ndata: {{}}\n\n")
                place = None

    async def write(self, text: str) -> None:
        """Send `text`; TimeoutError when the reader does not take it."""
        async with asyncio.timeout(WRITE_S):
            await self._response.write(text.encode())

    async def _pump(self, follower: Follower) -> None:
        while True:
            events: Sequence[Event] = ()
            try:
                async with asyncio.timeout_at(min(self._beat_at, self._check_at)):
                    events = await follower.take()
            except TimeoutError:
                events = ()
            await self._send(events)
            await self._tell_presence(follower.seen())
            await self._check(events)
            if self._loop.time() >= self._beat_at:
                self._beat_at = self._loop.time() + BEAT_S
                await self.write("event: beat\ndata: {}\n\n")

    async def _send(self, events: Sequence[Event]) -> None:
        own = [
            event
            for event in events
            if event.change.workspace_id == self._viewer.workspace_id
            and event.change.kind not in PRIVATE
            and self._concerns(event)
        ]
        if own:
            await self.write("".join(map(_line, own)))

    async def _tell_presence(self, signs: Sequence[Sign]) -> None:
        """Send where colleagues are now; a line without an id moves no cursor."""
        feed, now = self._request.config_dict[LIVE], self._request.config_dict[CLOCK].now()
        latest = {(sign.member_id, sign.place): sign for sign in signs if self._is_colleague(sign)}
        told = [presence_facts(feed.presence.at_place(sign, now)) for sign in latest.values()]
        if told:
            lines = (f"event: presence\ndata: {json.dumps(one)}\n\n" for one in told)
            await self.write("".join(lines))

    def _is_colleague(self, sign: Sign) -> bool:
        mine = self._viewer
        return sign.workspace_id == mine.workspace_id and sign.member_id != mine.id

    def _concerns(self, event: Event) -> bool:
        change = event.change
        return change.kind not in PERSONAL or change.detail.get("member") == str(self._viewer.id)

    async def _check(self, events: Sequence[Event]) -> None:
        """Raise Over when the session no longer stands; at once when the feed hints at it."""
        mine = (self._viewer.session_id, self._viewer.id)
        told = any(e.change.kind in PRIVATE and e.change.subject in mine for e in events)
        if not told and self._loop.time() < self._check_at:
            return
        self._check_at = self._loop.time() + CHECK_S
        role = await role_of_session(
            self._request.config_dict[DATABASE],
            self._viewer.session_id,
            self._request.config_dict[CLOCK].now(),
        )
        if role != self._viewer.role:
            raise Over


def _line(event: Event) -> str:
    """Return the event as it is sent, made once for all streams."""
    if not event.line:
        change = event.change
        data = {"kind": change.kind, "subject": str(change.subject), "detail": dict(change.detail)}
        words = f"event: change\ndata: {json.dumps(data)}\n\n"
        event.line = f"id: {to_text(event.cursor)}\n{words}"
    return event.line
