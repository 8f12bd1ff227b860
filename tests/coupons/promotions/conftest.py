"""A shop with a coupon to advertise, and its pages."""

from __future__ import annotations

import pytest
from aiohttp import web

from config.settings import Settings
from conversations.appkeys import CHANNELS
from coupons.pages.routes import add_pages
from coupons.promotions.actions.add_promotion import add_promotion
from coupons.promotions.pages import routes
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE, SETTINGS, SUPERVISOR
from runtime.live import LiveFeed
from runtime.tasks import Supervisor


@pytest.fixture
async def client(shop, dsn, tmp_path, aiohttp_client):
    """A client of the pages."""
    app = web.Application()
    app[SETTINGS] = Settings(data_dir=tmp_path, public_url="https://shop.example")
    app[DATABASE], app[CLOCK], app[KEYRING] = shop.db, shop.clock, shop.keyring
    app[SUPERVISOR], app[CHANNELS] = Supervisor(), shop.channels
    app[LIVE] = LiveFeed(dsn, shop.db.screens, app[SUPERVISOR])
    add_pages(app)
    app.add_routes(routes())
    return await aiohttp_client(app)


@pytest.fixture
def promote(shop):
    """Add a link to a coupon and return it."""

    async def make(coupon, name="poster"):
        async with shop.db.transaction() as tx:
            return await add_promotion(
                tx, shop.workspace, coupon, name, shop.members["ann"], shop.clock.now()
            )

    return make
