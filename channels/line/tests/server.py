"""A small LINE on loopback that answers by path and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


class Line:
    """A small LINE: answers by path, remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any, dict[str, str]]] = {}
        self.asked: list[web.Request] = []
        self.bodies: list[Any] = []

    def says(self, path: str, body: Any, status: int = 200, **headers: str) -> None:
        self.answers[path] = (status, body, headers)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        raw = await request.read()
        self.bodies.append(json.loads(raw) if raw else None)
        status, body, headers = self.answers.get(request.path, (404, {"message": "Not found"}, {}))
        if body is ...:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response(body, status=status, headers=named)


@asynccontextmanager
async def serving(handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")
