"""A running console with a tea house in it, for tests."""

from __future__ import annotations

import re
from types import SimpleNamespace

from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from agent_console.app import build
from channels.registry import load
from config.settings import Settings
from conversations.actions.add_account import NewAccount, add_account
from conversations.appkeys import CHANNELS
from coupons.actions.design import create, publish_coupon
from coupons.actions.new_coupon import NewCoupon
from coupons.appkeys import CLAIMS
from coupons.claim_queue import ClaimQueue, Setting
from gateway import sent_files
from gateway.app import keep_calm
from runtime.appkeys import CLOCK, DATABASE, HTTP, KEYRING, LIVE, SETTINGS
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from team.actions.add_member import NewMember, add_member
from team.actions.add_workspace import add_workspace
from tests.agent_console.chats import add_chat
from tests.ports import free_port

PASSWORD = "correct horse battery"
FROM_US = {"Sec-Fetch-Site": "same-origin"}
PAGE = {"Accept": "text/html"}
COUPON = {
    "purpose": "service",
    "fixed_code": "SVC50",
    "quantity": 50,
    "default_quota": 5,
    "per_contact_limit": 1,
}


class Browser:
    """A client that keeps cookies and says, as browsers do, where its requests come from."""

    def __init__(self, client):
        self.client = client

    async def sign_in(self, email, password=PASSWORD, **fields):
        return await self.post("/console/login", email=email, password=password, **fields)

    async def get(self, path, **headers):
        return await self.client.get(path, headers=PAGE | headers, allow_redirects=False)

    async def part(self, path):
        return await self.client.get(path, headers={"HX-Request": "true"}, allow_redirects=False)

    async def post(self, path, **fields):
        headers = FROM_US | PAGE
        return await self.client.post(path, data=fields, headers=headers, allow_redirects=False)

    async def act(self, path, **fields):
        headers = FROM_US | {"HX-Request": "true"}
        return await self.client.post(path, data=fields, headers=headers, allow_redirects=False)

    async def text(self, path):
        response = await self.get(path)
        assert response.status == 200, (path, response.status)
        return await response.text()

    async def words(self, path):
        """Return a page as its plain words."""
        return plain(await self.text(path))


def plain(html):
    """Return the words of some HTML."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


class Site:
    """One LINE account, one workspace and its rival; members, chats and coupons are added by the test."""

    def __init__(self, db, dsn, clock, keyring, folder):
        self.db, self.clock, self.keyring, self.folder = db, clock, keyring, folder
        self.supervisor = Supervisor()
        self.live = LiveFeed(dsn, db.screens, self.supervisor)
        self.channels = load()
        self.clients = []
        self.settings = Settings(data_dir=folder, public_url="http://localhost:8080")

    async def start(self):
        await self.serve()
        self.house = await add_workspace(self.db, "Tea house", self.clock.now())
        self.rival = await add_workspace(self.db, "Rival", self.clock.now())
        self.line = await self.account()
        return self

    async def serve(self):
        """Begin to serve what the database holds; another process may do so, too."""
        await self.live.start()
        setting = Setting(
            channels=self.channels, clock=self.clock, base_url="http://localhost:8080"
        )
        app = web.Application(middlewares=[keep_calm])
        app[SETTINGS] = self.settings
        app[DATABASE], app[CLOCK], app[KEYRING] = self.db, self.clock, self.keyring
        app[LIVE], app[CHANNELS] = self.live, self.channels
        self.http = app[HTTP] = ClientSession()
        self.claims = app[CLAIMS] = ClaimQueue(self.db, self.supervisor, self.live, setting)
        app[CLAIMS].start()
        app.add_routes(sent_files.routes())
        app.add_subapp("/console", build())
        # A test may stop it and start it again on the same port.
        self.server = TestServer(app, socket_factory=lambda *_: free_port())
        await self.server.start_server()
        return self

    async def stop(self):
        for client in self.clients:
            await client.close()
        await self.server.close()
        await self.http.close()
        await self.supervisor.stop(1)

    async def browser(self, email=None):
        """Open a browser, signed in when `email` is given."""
        client = TestClient(self.server, cookie_jar=CookieJar(unsafe=True))
        await client.start_server()
        self.clients.append(client)
        made = Browser(client)
        if email:
            assert (await made.sign_in(email)).status == 303
        return made

    async def member(self, name, role, workspace=None):
        workspace = workspace or self.house
        email = f"{name.lower()}@{'tea' if workspace == self.house else 'rival'}.example"
        facts = {"email": email, "role": role, "password": PASSWORD, "name": name, "language": "en"}
        new = NewMember(workspace_id=workspace, **facts)
        key = await add_member(self.db, new, self.clock.now())
        return SimpleNamespace(id=key, email=email)

    async def account(self, channel="line", name="tea", workspace=None):
        facts = {"channel": channel, "name": name, "secret": "s" * 32, "token": "t" * 32}
        new = NewAccount(workspace_id=workspace or self.house, **facts)
        return await add_account(self.db, self.keyring, new, self.clock.now())

    async def chat(self, name="Mei Lin", **facts):
        facts.setdefault("account", self.line)
        return await add_chat(self.db, name, self.clock.now(), **facts)

    async def coupon(self, name="Service 50", workspace=None, **facts):
        new = NewCoupon(name=name, **(COUPON | facts))
        async with self.db.transaction() as tx:
            key = await create(tx, workspace or self.house, new, self.clock.now())
        await publish_coupon(self.db, key, self.clock.now())
        return key
