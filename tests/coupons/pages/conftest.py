"""The customers' pages served from a shop of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from aiohttp import web

from config.settings import Settings
from conversations.appkeys import CHANNELS
from coupons.demo import store_demo_picture
from coupons.pages.routes import add_pages
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE, SETTINGS, SUPERVISOR
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from tests.axe import ALL, violations

SHOTS = os.environ.get("TESSERA_SHOTS", "")


@pytest.fixture
async def client(shop, dsn, tmp_path, aiohttp_client):
    """A client of the pages; Ray's PIN 4821 at Xinyi is set."""
    app = web.Application()
    app[SETTINGS] = Settings(data_dir=tmp_path, public_url="https://shop.example")
    app[DATABASE], app[CLOCK], app[KEYRING] = shop.db, shop.clock, shop.keyring
    supervisor = Supervisor()
    app[SUPERVISOR], app[CHANNELS] = supervisor, shop.channels
    app[LIVE] = LiveFeed(dsn, shop.db.screens, supervisor)
    await app[LIVE].start()
    add_pages(app)
    await shop.rays_pin()
    yield await aiohttp_client(app)
    await supervisor.stop()


@pytest.fixture
def issue(shop):
    """Claim a coupon made of the given facts and return the claim's page path."""

    async def make(*, language="", **facts):
        coupon = await shop.coupon(**facts)
        result = await shop.claim(coupon, await shop.customer("Mei", language))
        return result.claim.url.removeprefix("https://shop.example"), result.claim

    return make


@pytest.fixture
async def visit(client, browser, clock):
    """Open a path; the page's errors and requests to others fail the test."""
    wrong, contexts = [], []
    home = str(client.make_url("/")).rstrip("/")

    async def go(path, *, script="", **options):
        context = await browser.new_context(
            **({"viewport": {"width": 390, "height": 844}} | options)
        )
        contexts.append(context)
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        if script:
            await context.add_init_script(script)
        page = await context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on(
            "request",
            lambda sent: None if sent.url.startswith(home) else wrong.append(sent.url),
        )
        await page.goto(home + path)
        return page

    yield go
    for context in contexts:
        await context.close()
    assert [word for word in wrong if "422" not in word and "ERR_INTERNET" not in word] == []


@pytest.fixture
def pictures(tmp_path):
    """The facts of a coupon with the demo's pictures."""
    return {
        "image_key": store_demo_picture(tmp_path, "latte"),
        "brand_image_key": store_demo_picture(tmp_path, "brand"),
        "card_text": "Any latte for half the price",
        "rules": "One cup a visit.\nNot with other offers.",
    }


@pytest.fixture
def check():
    """Photograph a page where photographs are wanted, and let axe look at it."""

    async def look(page, name, rules=ALL):
        if SHOTS:
            await page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
        assert await violations(page, rules) == []

    return look
