"""A console with a workspace in it, and a browser-like client."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from agent_console.app import build
from channels.registry import load
from config.settings import Settings
from conversations.actions.add_account import NewAccount, add_account
from conversations.appkeys import CHANNELS
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE, SETTINGS
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from team.actions.add_member import NewMember, add_member
from team.actions.add_workspace import add_workspace
from tests.agent_console.chats import add_chat

PASSWORD = "correct horse battery"
FROM_US = {"Sec-Fetch-Site": "same-origin"}
PAGE = {"Accept": "text/html"}


class Browser:
    """A client that keeps cookies and says, as browsers do, where its requests come from."""

    def __init__(self, client, db):
        self.client = client
        self.db = db

    async def sign_in(self, email, password=PASSWORD, **fields):
        return await self.post("/console/login", email=email, password=password, **fields)

    async def get(self, path, **headers):
        return await self.client.get(path, headers=PAGE | headers, allow_redirects=False)

    async def part(self, path):
        return await self.client.get(path, headers={"HX-Request": "true"}, allow_redirects=False)

    async def post(self, path, **fields):
        return await self.client.post(
            path, data=fields, headers=FROM_US | PAGE, allow_redirects=False
        )

    async def act(self, path, **fields):
        headers = FROM_US | {"HX-Request": "true"}
        return await self.client.post(path, data=fields, headers=headers, allow_redirects=False)

    async def text(self, path):
        response = await self.get(path)
        assert response.status == 200, (path, response.status)
        return await response.text()

    async def words(self, path):
        """Return a page as its plain words."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", await self.text(path)))


@pytest.fixture
async def site(db, dsn, clock, keyring, tmp_path):
    """The running console: a tea house with one LINE account and one customer, and a rival workspace."""
    supervisor = Supervisor()
    live = LiveFeed(dsn, db.screens, supervisor)
    await live.start()
    parent = web.Application()
    parent[SETTINGS] = Settings(data_dir=tmp_path, public_url="http://localhost:8080")
    parent[DATABASE], parent[CLOCK], parent[KEYRING], parent[LIVE] = db, clock, keyring, live
    parent[CHANNELS] = load()
    parent.add_subapp("/console", build())
    house = await add_workspace(db, "Tea house", clock.now())
    rival = await add_workspace(db, "Rival", clock.now())
    server = TestServer(parent)
    await server.start_server()
    clients = []

    async def browser(email=None):
        client = TestClient(server, cookie_jar=CookieJar(unsafe=True))
        await client.start_server()
        clients.append(client)
        made = Browser(client, db)
        if email:
            assert (await made.sign_in(email)).status == 303
        return made

    async def member(name, role, workspace=house):
        email = f"{name.lower()}@{'rival' if workspace == rival else 'tea'}.example"
        new = NewMember(
            workspace_id=workspace,
            email=email,
            role=role,
            password=PASSWORD,
            name=name,
            language="en",
        )
        return SimpleNamespace(id=await add_member(db, new, clock.now()), email=email)

    async def account(channel="line", name="tea", workspace=house):
        new = NewAccount(
            workspace_id=workspace, channel=channel, name=name, secret="s" * 32, token="t" * 32
        )
        return await add_account(db, keyring, new, clock.now())

    async def chat(name="Mei Lin", **facts):
        facts.setdefault("account", line)
        return await add_chat(db, name, clock.now(), **facts)

    line = await account()
    yield SimpleNamespace(
        db=db, clock=clock, live=live, house=house, rival=rival, browser=browser, member=member,
        account=account, chat=chat, line=line, server=server, data=tmp_path, channels=load(),
    )  # fmt: skip
    for client in clients:
        await client.close()
    await server.close()
    await supervisor.stop(1)
