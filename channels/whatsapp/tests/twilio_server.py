"""A small real server that answers from a table, and the calls that are made to it."""

from __future__ import annotations

import base64
import json
from contextlib import asynccontextmanager
from urllib.parse import parse_qs
from uuid import UUID

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from channels.whatsapp.client import WhatsAppClient
from channels.whatsapp.tests.samples import ACCOUNT
from conversations.channel import Call, Part, SendError
from conversations.content import Card, LinkButton

KEY = UUID("018f3d2a-0000-7000-8000-000000000001")
AC = ACCOUNT.external_id
MESSAGES = f"/2010-04-01/Accounts/{AC}/Messages.json"
SID = "SM" + "1" * 32
CARD = Card("Latte", buttons=(LinkButton("Open", "https://shop.example/c/abc"),))
RETRY = {"retry"}


class Twilio:
    """Answers every path from a table and remembers what was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, object]] = {}
        self.headers: dict[str, str] = {}
        self.seen: list[web.Request] = []
        self.bodies: list[bytes] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        self.bodies.append(await request.read())
        status, answer = self.answers.get(request.path, (404, {"code": 20404, "message": "none"}))
        if answer is DROP:
            assert request.transport is not None
            request.transport.abort()
        if answer is HANG:
            response = web.StreamResponse(headers={"Content-Length": "10"})
            await response.prepare(request)
            return response
        body = answer if isinstance(answer, bytes) else json.dumps(answer, default=str).encode()
        return web.Response(
            status=status, body=body, headers=self.headers, content_type="application/json"
        )

    def form(self) -> dict[str, str]:
        fields = parse_qs(self.bodies[-1].decode(), keep_blank_values=True)
        assert all(len(values) == 1 for values in fields.values())
        return {name: values[0] for name, values in fields.items()}

    def pair(self) -> str:
        scheme, _, told = self.seen[-1].headers["Authorization"].partition(" ")
        assert scheme == "Basic"
        return base64.b64decode(told).decode()


DROP = object()
HANG = object()


@asynccontextmanager
async def connected(prefix="", timeout_s=5.0, **account):
    twilio = Twilio()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", twilio.handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as http:
        base = str(server.make_url("")).rstrip("/") + prefix
        mine = msgspec.structs.replace(ACCOUNT, api_base=base, **account)
        yield twilio, WhatsAppClient(mine, http, timeout_s)


def call(content, template_id=None, **more) -> Call:
    part = Part(delivery_id=KEY, content=content, template_id=template_id)
    return Call(to="+886912345678", parts=[part], retry_key=KEY, **more)


FLAGS = ("retry", "alert", "credentials_bad", "unknown", "use_push", "unreachable", "window_closed")


def flags(error: SendError) -> set[str]:
    return {name for name in FLAGS if getattr(error, name)}
