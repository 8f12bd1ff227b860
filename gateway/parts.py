"""The parts of a running process, by role, and the order in which they start and stop.

`web` answers webhooks, pages and the console; `worker` empties the inbox and the outbox; `all` does both.
Stopping goes the way of a message: accept nothing more, finish what is held, hand lanes and leases back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

import aiohttp

from channels import registry
from conversations.actions.progress import Listeners
from conversations.channel import Account, Channel
from conversations.outcomes import OutgoingMessage, claims_lost
from coupons.actions.claim import settle
from coupons.actions.mark_delivered import mark_delivered
from coupons.actions.release import release
from coupons.claim_queue import ClaimQueue, Setting
from coupons.my_coupons import link_address
from coupons.requests import ClaimRequest, ClaimResult
from gateway.accounts import AccountBook
from gateway.background import Background
from gateway.blocks import INBOX, BlockWorkers, Wiring
from gateway.clients import Clients
from gateway.coupon_templates import CouponTemplates
from gateway.delivery import Deliverer
from gateway.hooks.caller import Caller
from gateway.housekeeping import Housekeeper
from gateway.intake import Intake, connector
from gateway.metrics import Metrics
from gateway.sightings import Sightings
from gateway.site import Site
from runtime.database import Connection, Pool, open_pool
from runtime.live import FEED, LiveFeed
from runtime.netguard import guarded_session
from runtime.posts import PostConnector
from runtime.tasks import Supervisor

STOP_S = 8.0
SIMULATOR_POOL = 6


@dataclass
class Parts:
    """Everything one process runs. Made by `running`."""

    site: Site
    http: aiohttp.ClientSession
    channels: Mapping[str, Channel] = field(default_factory=registry.load)
    supervisor: Supervisor = field(default_factory=Supervisor)
    metrics: Metrics = field(default_factory=Metrics)
    simulator_pool: Pool | None = None

    def __post_init__(self) -> None:
        """Tie the parts together."""
        site = self.site
        settings = site.settings
        database = site.database
        self.live = LiveFeed(site.dsn, database.screens, self.supervisor)
        self.accounts = AccountBook(database, site.keyring)
        self.sightings = Sightings()
        self.intake = Intake(connector(site.dsn), self.metrics, on_stored=self._stored)
        setting = Setting(
            channels=self.channels,
            clock=site.clock,
            base_url=settings.base_url,
            count=self.metrics.count_claims,
        )
        self.claims = ClaimQueue(database, self.supervisor, self.live, setting)
        self.deliverer = Deliverer(
            db=database,
            channels=self.channels,
            account_of=self.account_of,
            http=self.http,
            clock=site.clock,
            live=self.live,
            supervisor=self.supervisor,
            on_rejected=self.on_rejected,
            rates={
                "line": settings.line_rate,
                "messenger": settings.meta_rate,
                "instagram": settings.meta_rate,
                "whatsapp": settings.twilio_rate,
            },
            public_url=settings.base_url,
            graph_version=settings.graph_version,
            count=self.count_delivery,
        )
        wiring = Wiring(
            channels=self.channels,
            account=self.account_of,
            settle=self.settle,
            listeners=Listeners(rejected=self.on_rejected, delivered=self.on_delivered),
            committed=self.live.committed,
            count=self.metrics.count_claims,
            list_link=partial(link_address, site.keyring, settings.base_url),
            sends=self.deliverer,
        )
        self.blocks = BlockWorkers(
            database, wiring, site.clock, self.supervisor, processors=site.processors
        )

    def _stored(self, lanes: Collection[int]) -> None:
        """Tell this process's loops where events wait now, and the other processes that some do."""
        self.blocks.wake(lanes)
        self.live.nudge(FEED)

    def count_delivery(self, channel: str, outcome: str, rows: int) -> None:
        """Count what became of outbox rows."""
        self.metrics.deliveries.labels(channel, outcome).inc(rows)

    def background(
        self, guarded: aiohttp.ClientSession, calls: aiohttp.ClientSession
    ) -> Background:
        """Return the quiet work of a worker; both sessions, which reach public addresses only, must outlive
        its tasks. Webhooks out have `calls` for themselves: slow receivers keep no files waiting.
        """
        site = self.site
        clients = Clients(self.channels, self.account_of, self.http, site.settings.graph_version)
        return Background(
            db=site.database,
            clients=clients,
            clock=site.clock,
            live=self.live,
            supervisor=self.supervisor,
            guarded=guarded,
            data_dir=site.settings.data_dir,
            wake=self.blocks.wake,
            behind=self.blocks.is_behind,
            keyring=site.keyring,
            caller=Caller(calls, self.http, site.settings.webhook_origins),
        )

    def coupon_templates(self) -> CouponTemplates:
        """Return what orders the templates of published coupons."""
        return CouponTemplates(
            db=self.site.database,
            accounts=self.accounts,
            channels=self.channels,
            base_url=self.site.settings.base_url,
            clock=self.site.clock,
            supervisor=self.supervisor,
        )

    def account_of(self, account_id: UUID) -> Account | None:
        """Return an account by id, None when it does not exist."""
        return self.accounts.by_id(account_id)

    async def settle(
        self, tx: Connection, requests: Sequence[ClaimRequest], now: datetime
    ) -> list[ClaimResult]:
        """Settle claims within a block."""
        return await settle(tx, requests, self.channels, self.site.settings.base_url, now)

    async def on_rejected(self, tx: Connection, messages: Sequence[OutgoingMessage]) -> None:
        """Give back the claims whose cards were refused for good and that no other card carries."""
        await release(tx, await claims_lost(tx, messages), self.site.clock.now())

    async def on_delivered(self, tx: Connection, messages: Sequence[OutgoingMessage]) -> None:
        """Note on claims that their cards reached the customer."""
        claims = [message.claim_id for message in messages if message.claim_id]
        await mark_delivered(tx, claims, self.site.clock.now())


@asynccontextmanager
async def running(site: Site, role: str) -> AsyncIterator[Parts]:
    """Start the parts of `role` (all, web or worker) and stop them at the end, within ten seconds."""
    async with AsyncExitStack() as stack:
        connector = PostConnector(limit=512, limit_per_host=256, ttl_dns_cache=60)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, auto_decompress=True)
        )
        guarded = await stack.enter_async_context(guarded_session())
        calls = await stack.enter_async_context(guarded_session())
        parts = Parts(site, http)
        if site.settings.simulator and role != "worker":
            parts.simulator_pool = await open_pool(site.dsn, SIMULATOR_POOL)
            stack.push_async_callback(parts.simulator_pool.close)
        stack.push_async_callback(parts.supervisor.stop, STOP_S)
        await parts.accounts.start(parts.supervisor)
        await parts.live.start()
        parts.claims.start()
        if role in {"all", "web"}:
            parts.sightings.start(parts.supervisor, site.database.screens)
            parts.intake.start()
            stack.push_async_callback(parts.intake.stop)
        if role in {"all", "worker"}:
            parts.live.listen(parts.blocks.wake, INBOX)
            parts.deliverer.listen()
            parts.blocks.start()
            parts.deliverer.start()
            parts.background(guarded, calls).start()
            parts.coupon_templates().start()
            Housekeeper(site.database.screens, site.clock, parts.supervisor).start()
        yield parts
