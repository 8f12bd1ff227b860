"""The customers' pages served from a shop of their own."""

from __future__ import annotations

import pytest
from aiohttp import web

from config.settings import Settings
from coupons.actions.pins import NewPin, add_pin
from coupons.pages.routes import routes
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE, SETTINGS
from runtime.live import LiveFeed
from runtime.tasks import Supervisor


@pytest.fixture
async def client(shop, dsn, tmp_path, aiohttp_client):
    """A client of the pages; Ray's PIN 4821 at Xinyi is set."""
    app = web.Application()
    app[SETTINGS] = Settings(data_dir=tmp_path, public_url="https://shop.example")
    app[DATABASE], app[CLOCK], app[KEYRING] = shop.db, shop.clock, shop.keyring
    app[LIVE] = LiveFeed(dsn, shop.db.screens, Supervisor())
    app.add_routes(routes())
    new = NewPin(
        workspace_id=shop.workspace,
        store_id=shop.stores["Xinyi"],
        name="Ray",
        pin="4821",
        demo=True,
    )
    async with shop.db.transaction() as tx:
        await add_pin(tx, shop.keyring, new, shop.clock.now())
    return await aiohttp_client(app)


@pytest.fixture
def issue(shop):
    """Claim a coupon made of the given facts and return the claim's page path."""

    async def make(*, language="", **facts):
        coupon = await shop.coupon(**facts)
        result = await shop.claim(coupon, await shop.customer("Mei", language))
        return result.claim.url.removeprefix("https://shop.example"), result.claim

    return make
