"""A receiver of webhooks on loopback: remembers every call, answers as told, may hold answers back."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.ports import free_port


@dataclass
class Got:
    """One call as it arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The body, decoded."""
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded


@dataclass
class Receiver:
    """`answers` are given first, one a call (a status, or a whole response); then 200."""

    got: list[Got] = field(default_factory=list)
    answers: deque[Any] = field(default_factory=deque)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    origin: str = ""
    _server: TestServer | None = None

    async def start(self) -> Receiver:
        """Listen on a free port, with the gate open."""
        self.gate.set()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        self._server = TestServer(app, socket_factory=lambda *_: free_port())
        await self._server.start_server()
        self.origin = str(self._server.make_url("/")).rstrip("/")
        return self

    async def stop(self) -> None:
        """Stop listening."""
        self.gate.set()
        if self._server is not None:
            await self._server.close()

    @property
    def kinds(self) -> list[str]:
        """The kinds of what came, in order."""
        return [one.event["kind"] for one in self.got]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.got.append(Got(dict(request.headers), await request.read()))
        self.arrived.set()
        await self.gate.wait()
        answer = self.answers.popleft() if self.answers else 200
        return answer if isinstance(answer, web.StreamResponse) else web.Response(status=answer)
