"""The API served over a shop of its own, and a till that calls it."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from api.app import PATH, build
from config.settings import Settings
from coupons.appkeys import CLAIMS
from coupons.claim_queue import ClaimQueue, Setting
from runtime.appkeys import CLOCK, DATABASE, LIVE, SETTINGS
from runtime.ids import uuid7
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from team.tokens import NewToken, Scope, issue
from tests.coupons.shop import BASE, Shop

ALL = tuple(Scope)


class Till:
    """A caller with a token; each request has a new key unless one is given."""

    def __init__(self, client, token):
        self.client, self.token = client, token

    async def post(self, path, body, *, key=None, **headers):
        sent = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or uuid7().hex}
        response = await self.client.post(PATH + path, json=body, headers=sent | headers)
        return response, await response.json()

    async def ask(self, action, *, key=None, **fields):
        return await self.post("/redemptions", {"action": action, **fields}, key=key)


@pytest.fixture
async def shop(db, clock, keyring):
    """A built shop without coupons."""
    return await Shop(db, clock, keyring).build()


@pytest.fixture
def api_rate():
    """How often a token may ask: as it comes."""
    return Settings().api_rate


@pytest.fixture
async def served(shop, dsn, tmp_path, api_rate):
    """A client of the running API."""
    supervisor = Supervisor()
    live = LiveFeed(dsn, shop.db.screens, supervisor)
    await live.start()
    app = web.Application()
    app[SETTINGS] = Settings(data_dir=tmp_path, public_url=BASE, api_rate=api_rate)
    app[DATABASE], app[CLOCK], app[LIVE] = shop.db, shop.clock, live
    setting = Setting(channels=shop.channels, clock=shop.clock, base_url=BASE)
    app[CLAIMS] = ClaimQueue(shop.db, supervisor, live, setting)
    app[CLAIMS].start()
    app.add_subapp(PATH, build())
    client = TestClient(TestServer(app))
    await client.start_server()
    yield client
    await client.close()
    await supervisor.stop(1)


@pytest.fixture
async def till(shop, served):
    """Make a till: with scopes, and bound to a store where one is named."""

    async def make(name="Till 1", scopes=ALL, store=None):
        new = NewToken(
            workspace_id=shop.workspace,
            name=name,
            scopes=[str(scope) for scope in scopes],
            store_id=shop.stores[store] if store else None,
        )
        async with shop.db.transaction() as tx:
            return Till(served, await issue(tx, new, shop.clock.now()))

    return make
