"""Fetches what customers attached, in the background, after the message stands in its thread."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from conversations import attachments
from conversations.attachments import Due, Fetched
from conversations.channel import Account, MediaSource
from gateway.clients import Clients
from runtime.clock import Clock
from runtime.database import Database
from runtime.live import FEED, LiveFeed
from runtime.media import Fetcher, FetchFailed, FetchRefused, Stored
from runtime.media_facts import look_inside
from runtime.tasks import Supervisor

POLL_S = 0.5
AT_ONCE = 4
# Longer than a fetch may take: only a dead process lets it pass.
HOLD = timedelta(seconds=150)
# Waits between tries; after the last one it has failed.
WAITS_S = (3, 10, 60, 300, 1800)
log = structlog.get_logger("media")


class Outcome(msgspec.Struct, frozen=True):
    """What became of one try; `wait_s` set: another try after that."""

    state: str
    stored: Stored | None = None
    wait_s: int | None = None
    seen: Mapping[str, Any] = {}

    def fetched(self) -> Fetched:
        """Return what is written down of it."""
        if self.stored is None:
            return Fetched(state=self.state)
        return Fetched(
            state=self.state,
            content_type=self.stored.content_type,
            size=self.stored.size,
            storage_key=self.stored.key,
            seen=self.seen,
        )


@dataclass
class MediaWorker:
    """Downloads waiting attachments, a few at a time; any number of processes may each run one."""

    db: Database
    clients: Clients
    fetcher: Fetcher
    clock: Clock
    live: LiveFeed
    supervisor: Supervisor

    def start(self) -> None:
        """Begin to fetch."""
        self.supervisor.repeat("media", self.round, POLL_S)

    async def round(self) -> bool:
        """Fetch up to a few attachments that are due; says whether there was any."""
        due = await attachments.claim_due(self.db.sends, self.clock.now(), HOLD, AT_ONCE)
        await asyncio.gather(*(self._handle(each) for each in due))
        return bool(due)

    async def _handle(self, due: Due) -> None:
        outcome = await self._throw_away(due) if due.kept else await self._try(due)
        now = self.clock.now()
        stored = outcome.stored
        async with self.db.transaction(self.db.sends) as tx:
            if outcome.wait_s is not None:
                await attachments.try_again(tx, due, now + timedelta(seconds=outcome.wait_s))
                return
            wanted = await attachments.finished(tx, due, outcome.fetched(), now)
        if wanted:
            self.live.committed(FEED)
        elif stored:
            # Unsent while it was on its way: the customer took it back.
            await asyncio.to_thread(self.fetcher.store.delete, stored.key)

    async def _throw_away(self, due: Due) -> Outcome:
        """Delete what was unsent after it had come; a crash before its row is written repeats that."""
        await asyncio.to_thread(self.fetcher.store.delete, due.kept)
        return Outcome("skipped")

    async def _try(self, due: Due) -> Outcome:
        account = self.clients.account_of(due.account_id)
        if account is None:
            return Outcome("failed")
        source = self.clients.client(account).media(due.inbound, due.attachment)
        if source is None or not source.keep:
            return Outcome("skipped")
        try:
            if not await self._is_ready(source, account):
                return self._later(due)
            stored = await self.fetcher.fetch(source.url, source.headers, account.api_base)
        except FetchRefused as error:
            log.warning("media refused", account=repr(account), reason=str(error))
            return Outcome("refused")
        except FetchFailed as error:
            log.info("media not fetched", account=repr(account), reason=str(error))
            return self._later(due) if error.again else Outcome("failed")
        path = self.fetcher.store.folder / stored.key
        seen = await asyncio.to_thread(look_inside, path, stored.content_type, due.attachment.type)
        return Outcome("stored", stored, seen=seen)

    async def _is_ready(self, source: MediaSource, account: Account) -> bool:
        """Say whether the platform has finished preparing the file; raises when it gave up on it."""
        if source.status_url is None:
            return True
        told = await self.fetcher.ask(source.status_url, source.headers, account.api_base)
        status = told.get("status") if isinstance(told, dict) else None
        if status == "failed":
            raise FetchFailed("the platform could not prepare it", again=False)
        return status == "succeeded"

    def _later(self, due: Due) -> Outcome:
        if due.tries > len(WAITS_S):
            return Outcome("failed")
        return Outcome("waiting", wait_s=WAITS_S[due.tries - 1])
