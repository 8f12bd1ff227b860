"""A workspace with one account a channel at a small platform, and deliverers for it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from channels import registry
from conversations.accounts import Credentials, seal
from conversations.actions.post import NewMessage, post
from conversations.channel import Account
from conversations.content import Text
from gateway.delivery import Deliverer
from runtime.clock import FixedClock
from runtime.database import Database
from runtime.ids import uuid7
from runtime.keys import Keyring
from runtime.live import LiveFeed
from runtime.posts import PostConnector
from runtime.tasks import Supervisor
from tests.doubles.platform import Platform

CHANNELS = registry.load()


@dataclass
class Shop:
    """One workspace's rows, and short words to work with them."""

    db: Database
    clock: FixedClock
    workspace: UUID
    accounts: dict[UUID, Account]
    keyring: Keyring
    base: str
    rejected: list[Any] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def account(self, channel: str, **changes: Any) -> Account:
        """Add an account of `channel`."""
        account = Account(
            id=uuid7(),
            workspace_id=self.workspace,
            channel=channel,
            name=f"demo-{len(self.accounts)}",
            external_id="AC" + "0" * 32 if channel == "whatsapp" else f"id-{len(self.accounts)}",
            secret="a-secret",
            token="a-token",
            address="+15550001111" if channel == "whatsapp" else "@demo",
            api_base=changes.get("api_base", self.base),
        )
        credentials = seal(self.keyring, Credentials(secret="a-secret", token="a-token"))
        await self.db.screens.execute(
            "INSERT INTO channel_account (id, workspace_id, channel, name, external_id, address, api_base,"
            " credentials, state, state_reason, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,'ok','',$9)",
            *(account.id, self.workspace, channel, account.name, account.external_id),
            *(account.address, account.api_base, credentials, self.clock.now()),
        )
        self.accounts[account.id] = account
        return account

    async def conversation(self, account: Account, who: str = "U1", token: str = "") -> UUID:
        """Add a customer who has just written; `token` is their free reply."""
        contact, conversation, now = uuid7(), uuid7(), self.clock.now()
        await self.db.screens.execute(
            "INSERT INTO contact (id, workspace_id, created_at) VALUES ($1, $2, $3)",
            *(contact, self.workspace, now),
        )
        await self.db.screens.execute(
            "INSERT INTO channel_identity (id, account_id, contact_id, external_id, created_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            *(uuid7(), account.id, contact, who, now),
        )
        await self.db.screens.execute(
            "INSERT INTO conversation (id, workspace_id, account_id, contact_id, chat_key, address, last_at,"
            " customer_at, reply_token, reply_token_at, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$7,$8,$7,$7)",
            *(conversation, self.workspace, account.id, contact, f"c:{contact}", who, now, token),
        )
        return conversation

    async def say(self, conversation: UUID, *texts: str, **more: Any) -> list[UUID]:
        """Post texts to a conversation; returns the messages."""
        rows = [
            NewMessage(conversation_id=conversation, content=Text(text), **more) for text in texts
        ]
        async with self.db.transaction() as tx:
            await post(tx, rows, CHANNELS, self.clock.now())
        return [row.id for row in rows]

    async def states(self) -> list[str]:
        """The states of all messages in the order they were written."""
        rows = await self.db.screens.fetch(
            "SELECT state FROM message WHERE direction <> 'own' ORDER BY seq"
        )
        return [row["state"] for row in rows]

    async def until(self, *states: str) -> None:
        """Wait until the messages have these states."""

        async def reached() -> bool:
            return await self.states() == list(states)

        await self.wait(reached)

    async def wait(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Ask after each commit and each call until `condition` holds; some changes tell nobody."""
        async with asyncio.timeout(60):
            while not await condition():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.25):
                        await self.told.wait()
                self.told.clear()

    async def outbox(self, **wanted: int) -> None:
        """Wait until every outbox row has these values."""

        async def reached() -> bool:
            rows = await self.db.screens.fetch("SELECT * FROM outbox ORDER BY id")
            return bool(rows) and all(row[k] == v for row in rows for k, v in wanted.items())

        await self.wait(reached)

    async def pass_time(self, seconds: float) -> None:
        """Move the clock on."""
        self.clock.advance(timedelta(seconds=seconds))

    async def end_leases(self) -> None:
        """Let the leases of a dead process end."""
        await self.db.screens.execute(
            "UPDATE outbox SET lease_until = clock_timestamp() - interval '1 s' WHERE lease_until IS NOT NULL"
        )


@pytest.fixture
async def platform():
    """A platform that takes every message."""
    stub = Platform()
    await stub.start()
    yield stub
    await stub.stop()


@pytest.fixture
async def shop(db, clock, keyring, platform):
    """A workspace whose accounts reach the platform."""
    workspace = uuid7()
    await db.screens.execute(
        "INSERT INTO workspace (id, name, zone, language, features, created_at)"
        " VALUES ($1, 'Tea', 'Asia/Taipei', 'zh-Hant', '{}', $2)",
        *(workspace, clock.now()),
    )
    made = Shop(db, clock, workspace, {}, keyring, platform.base)
    platform.heard = made.told.set
    return made


@pytest.fixture
async def http():
    """The session through which platforms are called."""
    async with aiohttp.ClientSession(connector=PostConnector()) as session:
        yield session


@pytest.fixture
async def deliver(shop, http):
    """Start a deliverer: `await deliver()`; its supervisor is at `.supervisor`. All end with the test."""
    started: list[Deliverer] = []

    async def start(**changes: Any) -> Deliverer:
        supervisor = Supervisor()
        live = LiveFeed(shop.db.dsn, shop.db.screens, supervisor)
        live.listen(shop.told.set)

        async def rejected(_: Any, messages: Any) -> None:
            shop.rejected += messages

        deliverer = Deliverer(
            db=shop.db,
            channels=CHANNELS,
            account_of=shop.accounts.get,
            http=http,
            clock=shop.clock,
            live=live,
            supervisor=supervisor,
            on_rejected=changes.pop("on_rejected", rejected),
            rng=random.Random(7),  # noqa: S311 (the same jitter each time)
            **changes,
        )
        deliverer.start()
        started.append(deliverer)
        return deliverer

    yield start
    for deliverer in started:
        await deliverer.supervisor.stop(0.2)
