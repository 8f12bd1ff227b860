"""Fetches messages whose webhook was lost, where the platform can list them, and puts them into the inbox.

Runs at the start (we may have been away) and every few minutes. What did arrive is recognised by its
key, so asking again for a time already seen stores nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from conversations import inbox
from conversations.channel import Account, Inbound
from conversations.inbox import NewEvent
from gateway.clients import Clients
from runtime.clock import Clock, to_ms
from runtime.database import Database
from runtime.tasks import Supervisor

EVERY_S = 300.0
CALL_S = 60.0
# Webhooks may be on their way, and the time of the last one is kept to the minute.
MARGIN = timedelta(minutes=10)
LONGEST = timedelta(days=3)
SEEN = "SELECT id, webhook_at FROM channel_account WHERE webhook_at IS NOT NULL AND removed_at IS NULL ORDER BY id"
log = structlog.get_logger("repair")


def nobody() -> None:
    """Wake nobody."""


@dataclass
class RepairWorker:
    """`wake` is called when lost events were found, so that they are worked on at once."""

    db: Database
    clients: Clients
    clock: Clock
    supervisor: Supervisor
    wake: Callable[[], None] = nobody
    _asked: dict[UUID, datetime] = field(default_factory=dict)

    def start(self) -> None:
        """Begin, at once: we may have been away."""
        self.supervisor.start("repair", self._loop)

    async def _loop(self) -> None:
        while not self.supervisor.stopping.is_set():
            await self.round()
            await self.supervisor.pause(EVERY_S)

    async def round(self) -> int:
        """Ask for every account that has ever received something; returns how many events were new."""
        found = 0
        for record in await self.db.sends.fetch(SEEN):
            account = self.clients.account_of(record["id"])
            if account is not None and not self.supervisor.stopping.is_set():
                found += await self._repair(account, record["webhook_at"])
        if found:
            log.warning("lost events found", count=found)
            self.wake()
        return found

    async def _repair(self, account: Account, webhook_at: datetime) -> int:
        now = self.clock.now()
        since = max(self._asked.get(account.id, webhook_at) - MARGIN, now - LONGEST)
        try:
            async with asyncio.timeout(CALL_S):
                payloads = await self.clients.client(account).missed(to_ms(since))
        except Exception:
            log.exception("lost events not listed", account=repr(account))
            return 0
        self._asked[account.id] = now
        if not payloads:
            return 0
        return await inbox.append(self.db.sends, self._events(account, payloads, now))

    def _events(self, account: Account, payloads: Sequence[bytes], now: datetime) -> list[NewEvent]:
        channel = self.clients.channel(account)
        return [event_of(account, channel.read(payload), payload, now) for payload in payloads]


def event_of(account: Account, inbound: Inbound, payload: bytes, now: datetime) -> NewEvent:
    """Return the inbox row under the same key and lane that the webhook would have had."""
    owner, key = account.id.bytes, inbox.hash_of(inbound.external_event_id)
    subject = inbound.chat.id if inbound.chat else inbound.contact_external_id or ""
    lane = inbox.lane_of(owner, subject)
    return NewEvent(account.id, key, lane, payload, now, "repair", owner + key)
