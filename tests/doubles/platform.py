"""A small platform on loopback: takes every send in the true shapes, answers as told, remembers all."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class Taken:
    """One call as it arrived."""

    path: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def texts(self) -> list[str]:
        """The words of its messages, whatever the channel."""
        if "messages" in self.body:
            return [message.get("text", message["type"]) for message in self.body["messages"]]
        if "message" in self.body:
            return [self.body["message"].get("text", "")]
        return [self.body.get("Body", "")]


class Answer:
    """How to answer a call: a status with a body, or nothing at all (the connection is cut)."""

    def __init__(
        self, status: int, body: object = None, headers: dict[str, str] | None = None
    ) -> None:
        self.status, self.body, self.headers = status, body or {}, headers or {}


CUT = Answer(0)
SPENT_TOKEN = Answer(400, {"message": "Invalid reply token"})


@dataclass
class Platform:
    """LINE, Graph and Twilio by their paths. `answers` are given first, one a call; then success."""

    taken: list[Taken] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)
    listed: list[dict[str, Any]] = field(default_factory=list)
    # What a GET of a path answers, where that is not a list.
    known: dict[str, Answer] = field(default_factory=dict)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    # Retry keys seen (409 on a repeat) and reply tokens used up, as LINE keeps them.
    keys: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    heard: Callable[[], None] = lambda: None
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _server: TestServer | None = None

    async def start(self) -> None:
        """Listen on a free port, with the gate open."""
        self.gate.set()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._server = TestServer(app)
        await self._server.start_server()

    async def stop(self) -> None:
        """Close."""
        self.gate.set()
        if self._server is not None:
            await self._server.close()

    @property
    def base(self) -> str:
        """The address to give to an account as its api base."""
        assert self._server is not None
        return str(self._server.make_url("")).rstrip("/")

    @property
    def said(self) -> list[str]:
        """Every text taken, in order."""
        return [text for call in self.taken for text in call.texts]

    async def calls(self, count: int) -> list[Taken]:
        """Wait until `count` calls have arrived."""
        async with asyncio.timeout(60):
            while len(self.taken) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return self.taken

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.method == "GET" and request.path in self.known:
            answer = self.known[request.path]
            return web.json_response(answer.body, status=answer.status)
        if request.method == "GET":
            listed = request.path.endswith("Messages.json")
            return web.json_response({"messages": self.listed} if listed else {"data": []})
        if request.content_type == "application/json":
            body = json.loads(await request.text())
        else:
            body = dict(await request.post())
        self.taken.append(Taken(request.path, body, dict(request.headers)))
        self._arrived.set()
        self.heard()
        answer = self.answers.popleft() if self.answers else None
        accepted = answer is None or answer is CUT
        told = self._take(request, body) if accepted else None
        await self.gate.wait()
        if answer is CUT:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if answer is not None:
            return web.json_response(answer.body, status=answer.status, headers=answer.headers)
        assert told is not None
        return web.json_response(told.body, status=told.status, headers=told.headers)

    def _take(self, request: web.Request, body: dict[str, Any]) -> Answer:
        number = len(self.taken)
        key, token = request.headers.get("X-Line-Retry-Key"), body.get("replyToken")
        if key in self.keys:
            return Answer(409, {"message": "accepted"}, {"x-line-accepted-request-id": "r"})
        if token in self.tokens:
            return SPENT_TOKEN
        if key:
            self.keys.add(key)
        if token:
            self.tokens.add(token)
        count = len(body.get("messages", [0]))
        return Answer(
            200,
            {
                "sentMessages": [{"id": f"m{number}-{n}"} for n in range(count)],
                "message_id": f"m{number}",
                "recipient_id": "someone",
                "sid": f"SM{number:032x}",
            },
        )
