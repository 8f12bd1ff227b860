"""A simulator on a real database with a webhook receiver beside it, both on real sockets."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from runtime.database import open_pool
from simulator import accounts, app, deliveries, faults, phones, schema
from simulator.keys import WORLD
from tests.ports import free_port

SECRET, TOKEN = "a secret for tests", "a-token-for-tests"


@dataclass
class Hook:
    """The webhook under test's other end: keeps every call, answers `status`."""

    status: int = 200
    calls: list[SimpleNamespace] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: web.Request) -> web.Response:
        call = SimpleNamespace(
            method=request.method,
            url=str(request.url),
            headers=request.headers.copy(),
            body=await request.read(),
            query=request.query,
        )
        self.calls.append(call)
        self.heard.set()
        if request.method == "GET":
            return web.Response(text=request.query["hub.challenge"])
        return web.Response(status=self.status)

    @property
    def events(self):
        """Every event told by JSON webhooks, in order."""
        found = []
        for call in self.calls:
            if not call.headers["Content-Type"].startswith("application/json"):
                continue
            body = json.loads(call.body)
            found += body.get("events", [])
            found += [
                item
                for entry in body.get("entry", [])
                for item in entry.get("messaging", entry.get("standby"))
            ]
        return found


@dataclass
class Stage:
    """Everything a test of the simulator touches."""

    pool: object
    clock: object
    hook: Hook
    hook_url: str
    http: aiohttp.ClientSession
    server: TestServer
    app: web.Application

    @property
    def world(self):
        return self.app[WORLD]

    @property
    def url(self):
        return str(self.server.make_url("/simulator")).rstrip("/")

    async def account(self, channel):
        every = await accounts.every(self.pool)
        return next(one for one in every if (one.channel, one.name) == (channel, "demo"))

    async def who(self, channel, index=0, group=""):
        account = await self.account(channel)
        people = await accounts.customers(self.pool, account.id)
        return await phones.speaker(self.world, account.id, people[index].external_id, group)

    async def fault(self, channel, name, amount=0, calls=None):
        await faults.switch(self.pool, (await self.account(channel)).id, name, amount, calls)

    async def deliver(self):
        """Make every webhook call that is due by the stopped clock."""
        while await deliveries.deliver_due(self.world):
            pass

    async def call(self, method, path, body=None, **options):
        """Call a platform endpoint; return status, decoded body and headers."""
        headers = {"Authorization": f"Bearer {TOKEN}", **options.pop("headers", {})}
        async with self.http.request(
            method, f"{self.url}{path}", json=body, headers=headers, **options
        ) as answer:
            raw = await answer.read()
            decoded = json.loads(raw) if answer.content_type == "application/json" else raw
            return SimpleNamespace(status=answer.status, body=decoded, headers=answer.headers)

    async def twilio(self, method, path, data=None, **options):
        """Call Twilio with basic credentials and a form."""
        sid = (await self.account("whatsapp")).external_id
        basic = base64.b64encode(f"{sid}:{TOKEN}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        url = f"{self.url}/twilio{path.replace('{AC}', sid)}"
        async with self.http.request(method, url, data=data, headers=headers, **options) as answer:
            raw = await answer.read()
            decoded = json.loads(raw) if answer.content_type == "application/json" else raw
            return SimpleNamespace(status=answer.status, body=decoded, headers=answer.headers)

    async def chat(self, channel, index=0):
        """Return the messages one customer sees, through the page's own endpoint."""
        who = await self.who(channel, index)
        path = f"/api/accounts/{who.account.id}/phone?customer={who.customer.external_id}".replace(
            "+", "%2B"
        )
        return (await self.call("GET", path)).body["messages"]


@contextlib.asynccontextmanager
async def _stage(pool, clock, hook, *, demo_public=False, deliver=False):
    receiver = web.Application()
    receiver.router.add_route("*", "/hook/{channel}", hook.receive)
    async with TestServer(receiver) as outside, aiohttp.ClientSession() as http:
        port = free_port()
        public = f"http://127.0.0.1:{port.getsockname()[1]}"
        built = app.build(pool, public, clock, http, demo_public=demo_public)
        if not deliver:
            built.cleanup_ctx.clear()  # tests make the calls themselves, by their own clock
        root = web.Application()
        root.add_subapp("/simulator", built)
        async with TestServer(root, socket_factory=lambda *_: port) as here:
            yield Stage(pool, clock, hook, str(outside.make_url("/hook")), http, here, built)


@pytest.fixture
async def pool(dsn):
    """A pool on a database with the simulator's schema."""
    opened = await open_pool(dsn, 6)
    async with opened.acquire() as conn:
        await schema.migrate(conn)
    yield opened
    await opened.close()


@pytest.fixture
def hook():
    """What the webhook receives."""
    return Hook()


@pytest.fixture
def open_stage(pool, clock, hook):
    """Open a simulator on this test's database; again for a restart."""
    return lambda **options: _stage(pool, clock, hook, **options)


@pytest.fixture
async def stage(open_stage, pool):
    """A simulator with one account named demo on each channel."""
    async with open_stage() as opened:
        async with pool.acquire() as conn:
            await accounts.seed(
                conn, [_new(channel, opened.hook_url) for channel in accounts.CHANNELS]
            )
        yield opened


def _new(channel, hook_url):
    address = {"line": "@tessera", "whatsapp": "+886277001122"}.get(channel, "tessera.tea")
    url = f"{hook_url}/{channel}"
    return accounts.NewAccount(channel, "demo", SECRET, TOKEN, url, "verify me", address=address)
