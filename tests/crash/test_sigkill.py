"""Twenty times killed under load: what was acknowledged is stored, answered and claimed exactly once.

The server runs as a process of its own on a durable PostgreSQL; the platform, a small LINE, lives in the
test and outlives it. Customers repeat a webhook until it is answered with 200, as LINE does.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import random
import signal
from contextlib import AsyncExitStack

import aiohttp
import asyncpg
import pytest
from aiohttp import web
from pydantic import SecretStr

from config.settings import Settings
from conversations.actions.add_account import NewAccount, add_account
from coupons.actions.design import create, publish_coupon
from coupons.actions.new_coupon import NewCoupon
from coupons.audit import audit
from gateway.site import open_site
from runtime.clock import to_ms
from runtime.ids import uuid7
from runtime.live import CHANNEL
from team.actions.add_workspace import add_workspace
from tests.clusters import prepare
from tests.crash.line_platform import LinePlatform
from tests.ports import free_port
from tests.zygote import zygote

KEY = "a key for tests only and of no use elsewhere"
SECRET = "line secret"
BOT = "U" + "b" * 32
CUSTOMERS = {"anywhere": 25, "in a burst of claims": 300, "in a delivery": 25}
KILLS = ("anywhere",) * 10 + ("in a burst of claims",) * 5 + ("in a delivery",) * 5
BUSY = "SELECT EXISTS (SELECT 1 FROM inbox WHERE state = 0) OR EXISTS (SELECT 1 FROM outbox)"
ADD_RULE = """
INSERT INTO flow_rule (id, workspace_id, position, kind, keywords, contains, coupon_id, text, refusal_texts, active)
VALUES ($1, $2, 0, 'keyword', '["latte"]', false, $3, '', '{}', true)
"""


class Killed:
    """A server process and the customers who write to it."""

    def __init__(self, site, platform: LinePlatform, port: int) -> None:
        self.site = site
        self.platform = platform
        self.port = port
        self.rng = random.Random(20261122)  # noqa: S311 (when to kill, the same each run)
        self.acknowledged: set[str] = set()
        self.up = asyncio.Event()
        self.told = asyncio.Event()  # a transaction of the server has committed
        self.pid = 0
        self.in_delivery = 0
        self.in_burst = 0
        self.customers = 0

    async def start(self) -> None:
        environment = {
            **{
                name: value for name, value in os.environ.items() if not name.startswith("TESSERA_")
            },
            "TESSERA_PORT": str(self.port),
            "TESSERA_DATA_DIR": str(self.site.settings.data_dir),
            "TESSERA_SECRET_KEY": KEY,
            "TESSERA_LOG": "error",
        }
        folder = self.site.settings.data_dir.parent
        said = folder / f"said-{len(list(folder.glob('said-*')))}"
        os.mkfifo(said)
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        opened = os.fdopen(os.open(said, os.O_RDONLY | os.O_NONBLOCK), "rb")
        self.pipe, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), opened
        )
        self.pid = zygote().spawn(["serve"], environment, said, folder / "errors")
        async with asyncio.timeout(60):
            assert b"ready" in await reader.readline()
        self.up.set()

    async def kill(self) -> None:
        self.up.clear()
        os.kill(self.pid, signal.SIGKILL)
        assert zygote().wait(self.pid) == -signal.SIGKILL
        self.pipe.close()

    async def write(self, http: aiohttp.ClientSession, user: str, event: str) -> None:
        """Send one signed webhook; repeat it until it is acknowledged."""
        body = json.dumps(webhook(user, event, to_ms(self.site.clock.now()))).encode()
        signature = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
        url = f"http://127.0.0.1:{self.port}/webhooks/line/shop"
        while event not in self.acknowledged:
            await self.up.wait()
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with http.post(
                    url, data=body, headers={"x-line-signature": signature}
                ) as answer:
                    if answer.status == 200:
                        self.acknowledged.add(event)
                        self.platform.moved.set()

    async def moment(self, where: str) -> None:
        """Wait for the instant to kill at."""
        if where == "in a delivery":
            self.platform.release.clear()
            self.platform.holding.clear()
            async with asyncio.timeout(60):
                await self.platform.holding.wait()
        elif where == "in a burst of claims":
            before = await self.claims()
            async with asyncio.timeout(60):
                while await self.claims() == before:
                    await self.told.wait()
                    self.told.clear()
            # Customers of this round and of earlier kills are still waiting for theirs.
            self.in_burst += before < await self.claims() < self.customers
        else:
            steps = self.steps() + self.rng.randrange(CUSTOMERS[where] + 5)
            async with asyncio.timeout(60):
                while self.steps() < steps:
                    self.platform.moved.clear()
                    await self.platform.moved.wait()

    async def settled(self) -> None:
        """Wait until everything received is handled and everything to be said is sent."""
        async with asyncio.timeout(120):
            while await self.site.database.screens.fetchval(BUSY):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):  # the last commit may have told of itself before
                        await self.told.wait()
                self.told.clear()

    def steps(self) -> int:
        """Count what has been acknowledged to customers and accepted from us."""
        return len(self.acknowledged) + self.platform.accepted.total()

    async def claims(self) -> int:
        return await self.site.database.screens.fetchval("SELECT count(*) FROM claim")


def webhook(user: str, event: str, at_ms: int) -> dict[str, object]:
    """Return a LINE webhook body with one text message."""
    said = {
        "type": "message",
        "mode": "active",
        "timestamp": at_ms,
        "source": {"type": "user", "userId": user},
        "webhookEventId": event,
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"token-{event}",
        "message": {"id": event, "type": "text", "text": "latte", "quoteToken": "q"},
    }
    return {"destination": BOT, "events": [said]}


@pytest.fixture
async def shop(tmp_path):
    """An installation with one LINE account and one coupon, and the platform it talks to."""
    async with AsyncExitStack() as stack:
        platform = LinePlatform()
        app = web.Application()
        app.add_routes(platform.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        stub = free_port()
        await web.SockSite(runner, stub).start()
        with free_port() as reserved:
            port = reserved.getsockname()[1]
        settings = Settings(port=port, data_dir=tmp_path / "var", secret_key=SecretStr(KEY))
        await prepare(settings.data_dir)
        site = await stack.enter_async_context(open_site(settings))
        now = site.clock.now()
        workspace = await add_workspace(site.database, "Tea house", now)
        account = NewAccount(
            workspace_id=workspace,
            channel="line",
            name="shop",
            secret=SECRET,
            token="line token",
            external_id=BOT,
            api_base=f"http://127.0.0.1:{stub.getsockname()[1]}",
        )
        await add_account(site.database, site.keyring, account, now)
        latte = NewCoupon(
            name="Latte",
            purpose="marketing",
            fixed_code="LATTE",
            quantity=100_000,
            per_contact_limit=1,
            validity_mode="claim",
            lasts_minutes=180,
        )
        async with site.database.transaction() as tx:
            coupon = await create(tx, workspace, latte, now)
        await publish_coupon(site.database, coupon, now)
        await site.database.screens.execute(ADD_RULE, uuid7(), workspace, coupon)
        killed = Killed(site, platform, port)
        ear = await asyncpg.connect(site.dsn)
        stack.push_async_callback(ear.close)
        await ear.add_listener(CHANNEL, lambda *_: killed.told.set())
        yield killed


@pytest.mark.timeout(420)
async def test_twenty_kills_lose_nothing_and_repeat_nothing(shop):
    fetch = shop.site.database.screens.fetch
    value = shop.site.database.screens.fetchval
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        assert await value(f"SHOW {name}") == "on"
    events: list[str] = []
    timeout = aiohttp.ClientTimeout(total=5)
    async with aiohttp.ClientSession(timeout=timeout) as http, asyncio.TaskGroup() as writers:
        for round_, where in enumerate(KILLS):
            await shop.start()
            for n in range(CUSTOMERS[where]):
                events.append(f"{round_:04x}{n:04x}")
                shop.customers += 1
                user = "U" + hashlib.md5(events[-1].encode(), usedforsecurity=False).hexdigest()
                writers.create_task(shop.write(http, user, events[-1]))
            await shop.moment(where)
            shop.in_delivery += shop.platform.in_flight > 0
            await shop.kill()
            shop.platform.release.set()
        await shop.start()
    try:
        await shop.settled()
    finally:
        await shop.kill()

    assert shop.in_delivery >= 5, "kills fell inside deliveries"
    assert shop.in_burst >= 5, "kills fell inside bursts of claims"
    assert shop.acknowledged == set(events)
    stored = await fetch("SELECT external_id FROM message WHERE direction = 'in'")
    assert sorted(row["external_id"] for row in stored) == sorted(events), (
        "each message stored once"
    )
    assert await value("SELECT count(*) FROM inbox WHERE state <> 1") == 0
    claims = await fetch("SELECT contact_id, unit_id FROM claim WHERE state = 'issued'")
    assert len(claims) == len({row["contact_id"] for row in claims}) == len(events), (
        "one claim each"
    )
    assert len({row["unit_id"] for row in claims}) == len(events), "no unit twice"
    assert [book.faults for book in await audit(shop.site.database.screens)] == [()]

    cards = await fetch("SELECT state, error_text FROM message WHERE direction = 'out'")
    assert len(cards) == len(events)
    assert {row["state"] for row in cards} <= {"sent", "unknown"}
    repeated = {card: count for card, count in shop.platform.accepted.items() if count > 1}
    assert repeated == {}, "no card reached a customer twice"
    sent = sum(row["state"] == "sent" for row in cards)
    assert sent <= len(shop.platform.accepted) <= len(events), "what we call sent was accepted"
