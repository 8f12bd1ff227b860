"""The whole product in this process: real server, real simulator, real browser, a clock tests can move."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from config.settings import Settings
from coupons.actions.set_quota import set_quotas
from gateway.app import build
from gateway.demo import follow_address, seed
from gateway.front import put_before
from gateway.parts import Parts, running
from gateway.site import Site
from tests.journeys.clock import JourneyClock
from tests.journeys.people import Console, Desk
from tests.ports import free_port
from tests.sessions import sign_in

# A platform that keeps silent is given up sooner here than in a shop.
PATIENCE_S = 2.0
DESK_SCREEN: dict[str, Any] = {
    "viewport": {"width": 1440, "height": 900},
    "locale": "en-GB",
    "timezone_id": "Asia/Taipei",
    # As most people have it; the other tests of pages do without.
    "reduced_motion": "no-preference",
}


@dataclass
class Demo:
    """The running demo: its address, its database and its parts."""

    url: str
    site: Site
    parts: Parts
    http: aiohttp.ClientSession
    clock: JourneyClock
    app: web.Application

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

    async def allow(self, name: str, quota: int) -> None:
        """Let a member send only so many of the service coupon."""
        member = await self.value("SELECT id FROM member WHERE name = $1", name)
        coupon = await self.value("SELECT id FROM coupon WHERE purpose = 'service'")
        async with self.site.database.transaction() as tx:
            await set_quotas(tx, coupon, {str(member): quota}, self.clock.now())
        self.parts.live.committed()

    async def until(
        self, query: str, *values: Any, wanted: Any = True, within_s: float = 60
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
    clock = JourneyClock()
    site = Site(settings, dsn, db, keyring, clock)
    await seed(site)
    await follow_address(site)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(running(site, "all"))
        parts.deliverer.call_s = PATIENCE_S
        app, webhooks = build(parts)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        put_before(runner, webhooks)
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, port).start()
        http = await stack.enter_async_context(
            aiohttp.ClientSession(headers={"Origin": f"http://localhost:{number}"})
        )
        yield Demo(f"http://localhost:{number}", site, parts, http, clock, app)


@pytest.fixture
async def screens(browser):
    """Open fresh screens, each of a person of its own; an error in any page fails the test."""
    wrong: list[str] = []
    async with AsyncExitStack() as stack:

        async def watch(page):
            page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
            page.on("console", lambda line: note(page.url, line.text))

        def note(url, text):
            if "Content Security Policy" in text:
                wrong.append(f"{url}: {text}")

        async def screen(**options):
            context = await browser.new_context(**(DESK_SCREEN | options))
            stack.push_async_callback(context.close)
            context.on("page", watch)
            return await context.new_page()

        yield screen
    assert wrong == []


@pytest.fixture
async def page(screens):
    """A fresh page, as wide as a desk's screen."""
    return await screens()


@pytest.fixture
async def desk(demo, screens):
    """The four phones."""
    return await Desk(await screens(), demo.url).open()


@pytest.fixture
async def console(demo, screens):
    """Open the console in a signed-in member's own browser."""

    async def enter(name, **options):
        page = await screens(**options)
        email, now = f"{name.lower()}@demo.example", demo.clock.now()
        await sign_in(page.context, demo.site.database, email, demo.url, now)
        await page.goto(f"{demo.url}/console")
        return await Console(page, demo.url).arrive()

    return enter
