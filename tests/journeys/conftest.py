"""The whole product in this process: real server, real simulator, real browser, a clock tests can move."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import async_playwright
from pydantic import SecretStr

from config.settings import Settings
from gateway.app import build
from gateway.demo import follow_address, seed
from gateway.front import put_before
from gateway.parts import Parts, running
from gateway.site import Site
from runtime.clock import SystemClock
from tests.ports import free_port

BROWSER = os.environ.get("BROWSER_FOR_TESTS") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class ShiftedClock(SystemClock):
    """The machine's clock, moved on by `shift`: time passes, and tests may skip some."""

    def __init__(self) -> None:
        self.shift: Any = None

    def now(self):
        instant = super().now()
        return instant + self.shift if self.shift else instant


@dataclass
class Demo:
    """The running demo: its address, its database and its parts."""

    url: str
    site: Site
    parts: Parts
    http: aiohttp.ClientSession
    clock: ShiftedClock
    phones: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def account(self, channel: str) -> dict[str, Any]:
        """Return the simulator's account of a channel."""
        async with self.http.get(f"{self.url}/simulator/api/accounts") as answer:
            listed = await answer.json()
        rows = listed["accounts"] if isinstance(listed, dict) else listed
        return next(row for row in rows if row["channel"] == channel)

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """Read the database."""
        return list(await self.site.database.screens.fetch(query, *values))

    async def value(self, query: str, *values: Any) -> Any:
        """Read one value of the database."""
        return await self.site.database.screens.fetchval(query, *values)

    async def until(
        self, query: str, *values: Any, wanted: Any = True, within_s: float = 15
    ) -> Any:
        """Wait until the database says `wanted`, following the live feed rather than sleeping."""
        async with self.parts.live.follow() as follower:
            try:
                async with asyncio.timeout(within_s):
                    while (found := await self.value(query, *values)) != wanted:
                        try:
                            async with asyncio.timeout(0.25):
                                await follower.take()
                        except TimeoutError:
                            continue
            except TimeoutError:
                pytest.fail(
                    f"{query} stayed {await self.value(query, *values)!r}, wanted {wanted!r}"
                )
        return found


@pytest.fixture
async def demo(db, dsn, keyring, tmp_path):
    """The demo, seeded and running on a free port."""
    port = free_port()
    number = port.getsockname()[1]
    settings = Settings(
        port=number,
        data_dir=tmp_path / "var",
        simulator=True,
        secret_key=SecretStr("a key for tests only and of no use elsewhere"),
        public_url=f"http://localhost:{number}",
    )
    clock = ShiftedClock()
    site = Site(settings, dsn, db, keyring, clock)
    await seed(site)
    await follow_address(site)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(running(site, "all"))
        app, webhooks = build(parts)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        put_before(runner, webhooks)
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, port, shutdown_timeout=1).start()
        http = await stack.enter_async_context(
            aiohttp.ClientSession(headers={"Origin": f"http://localhost:{number}"})
        )
        yield Demo(f"http://localhost:{number}", site, parts, http, clock)


@pytest.fixture(scope="session")
async def browser():
    """One Chromium for all tests of a worker."""
    if not os.access(BROWSER, os.X_OK):
        pytest.fail(f"no browser at {BROWSER}; run bin/test, which installs one")
    async with async_playwright() as play:
        chromium = await play.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def page(browser):
    """A fresh page, as wide as a desk's screen."""
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", timezone_id="Asia/Taipei"
    )
    page = await context.new_page()
    yield page
    await context.close()
