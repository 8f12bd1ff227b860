"""A small Graph API on loopback: answers what it is told to, and keeps what it was asked."""

from __future__ import annotations

from contextlib import asynccontextmanager
from uuid import UUID

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from conversations.channel import Call, Part
from conversations.content import Text

PREFIX = "/simulator/graph"
VERSION = f"{PREFIX}/v26.0/"
KEY = UUID("018f3d2a-0000-7000-8000-000000000001")


class Graph:
    """`answers` maps a path (without the version) to (status, JSON or bytes); others are 404."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    async def answer(self, request):
        body = await request.read()
        self.asked.append((request.method, request.path, dict(request.query), body))
        self.headers = dict(request.headers)
        status, said = self.answers.get(request.path.removeprefix(VERSION), (404, b""))
        raw = said if isinstance(said, bytes) else msgspec.json.encode(said)
        return web.Response(status=status, body=raw)


@asynccontextmanager
async def graph(channel, account, answers):
    """Serve `answers` under a prefix; yields (client of `account`, the Graph)."""
    server_side = Graph(answers)
    app = web.Application()
    api = web.Application()
    api.router.add_route("*", "/{tail:.*}", server_side.answer)
    app.add_subapp(PREFIX, api)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        base = str(server.make_url(PREFIX))
        pointed = msgspec.structs.replace(account, api_base=base)
        yield channel.client(pointed, http, "v26.0"), server_side


def call(content=None):
    """Return a call that sends `content`, else a greeting."""
    part = Part(delivery_id=KEY, content=content or Text("Hello"))
    return Call(to="612", parts=[part], retry_key=KEY)
