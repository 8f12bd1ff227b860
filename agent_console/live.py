"""Server-sent events: what changed, as ids and versions, from a cursor; closed when the session ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID
from weakref import WeakSet

from aiohttp import HttpVersion11, web

from agent_console.access import VIEWER
from agent_console.live_lines import lines
from agent_console.presence import presence_facts
from agent_console.sessions_watch import SessionsWatch
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.live import from_text, to_text
from runtime.presence import Sign
from runtime.subscription import Batch, Follower, Reset
from team.queries import Viewer, roles_of_sessions

BEAT_S = 15.0
WRITE_S = 10.0
# Half of what may lie before a connection until writing waits.
AT_ONCE = 32 * 1024


class Streams:
    """The tasks of the streams that are open, and their sessions."""

    def __init__(self) -> None:
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self.sessions = SessionsWatch()


STREAMS = web.AppKey("streams", Streams)


class Over(Exception):
    """The session ended or its member's role changed."""


async def stream(request: web.Request) -> web.StreamResponse:
    """Send the workspace's changes until the session is over or the reader leaves."""
    sent = request.headers.get("Last-Event-ID") or request.query.get("after", "")
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
    )
    streams = request.app[STREAMS]
    task = asyncio.current_task()
    if task is not None:
        streams.tasks.add(task)
    if request.version >= HttpVersion11:
        response.enable_chunked_encoding()
    out = Stream(request, response)
    try:
        await response.prepare(request)
        with streams.sessions.watching(request[VIEWER].session_id):
            await out.run(sent)
    except Over:
        await out.write(b"event: end\ndata: {}\n\n")
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
        self._me = str(self._viewer.id)
        self._mine = frozenset((self._viewer.session_id, self._viewer.id))
        self._sessions = request.app[STREAMS].sessions
        self._waits = False
        self._loop = asyncio.get_running_loop()
        self._beat_at = self._loop.time() + BEAT_S

    async def run(self, cursor: str) -> None:
        """Send from `cursor` on; a cursor that is too old gets `reset`, and the stream starts anew."""
        feed = self._request.config_dict[LIVE]
        place = from_text(cursor)
        while True:
            try:
                async with feed.follow(place) as follower:
                    await self.write(
                        f"id: {to_text(follower.cursor)}\nevent: hello\ndata: {{}}\n\n".encode()
                    )
                    if self._response.chunked:
                        follower.taker = self.take
                    await self._pump(follower)
            except Reset:
                head = to_text(await feed.head())
                await self.write(f"id: {head}\nevent: reset\ndata: {{}}\n\n".encode())
                place = None

    async def write(self, data: bytes) -> None:
        """Send `data`; TimeoutError when the reader does not take it."""
        transport = self._request.transport
        if transport is not None and len(data) + transport.get_write_buffer_size() < AT_ONCE:
            # It fits before the reader, so this does not wait: no timer for what is nearly every write.
            await self._response.write(data)
            return
        async with asyncio.timeout(WRITE_S):
            await self._response.write(data)

    def take(self, batch: Batch) -> bool:
        """Send a batch from where the feed is read, where nothing is in its way: waking 200 tasks costs four
        times what their writes cost. Returns whether it was sent; if not, it comes by way of `_pump`.
        """
        transport = self._request.transport
        if not self._waits or transport is None or transport.is_closing():
            return False
        said = lines(batch, self._viewer.workspace_id)
        chunk = said.chunk_to(self._me)
        if len(chunk) + transport.get_write_buffer_size() >= AT_ONCE:
            return False
        if not said.private.isdisjoint(self._mine):
            return False
        if chunk:
            transport.write(chunk)
        return True

    async def _pump(self, follower: Follower) -> None:
        """Send what comes; the feed wakes each follower once a second at least."""
        while True:
            self._waits = True
            batches = await follower.batches()
            self._waits = False
            said = [lines(batch, self._viewer.workspace_id) for batch in batches]
            data = b"".join([each.to(self._me) for each in said]) + self._present(follower.seen())
            if self._loop.time() >= self._beat_at:
                self._beat_at = self._loop.time() + BEAT_S
                data += b"event: beat\ndata: {}\n\n"
            if data:
                await self.write(data)
            await self._check(frozenset().union(*[each.private for each in said]))

    def _present(self, signs: Sequence[Sign]) -> bytes:
        """Return where colleagues are now; a line without an id moves no cursor."""
        if not signs:
            return b""
        feed, now = self._request.config_dict[LIVE], self._request.config_dict[CLOCK].now()
        latest = {(sign.member_id, sign.place): sign for sign in signs if self._is_colleague(sign)}
        told = [presence_facts(feed.presence.at_place(sign, now)) for sign in latest.values()]
        return "".join(f"event: presence\ndata: {json.dumps(one)}\n\n" for one in told).encode()

    def _is_colleague(self, sign: Sign) -> bool:
        mine = self._viewer
        return sign.workspace_id == mine.workspace_id and sign.member_id != mine.id

    async def _check(self, changed: frozenset[UUID]) -> None:
        """Raise Over when the session no longer stands; `changed`: what the feed says of sessions and members."""
        mine = self._viewer
        if changed.isdisjoint(self._mine):
            role = await self._sessions.role(mine.session_id, self._roles)
            if role == mine.role:
                return
        # Never ended on what is only remembered: this page may be the one loaded anew after the change.
        role = (await self._roles([mine.session_id])).get(mine.session_id)
        if role != mine.role:
            raise Over

    async def _roles(self, sessions: Collection[UUID]) -> Mapping[UUID, str]:
        now = self._request.config_dict[CLOCK].now()
        return await roles_of_sessions(self._request.config_dict[DATABASE], sessions, now)
