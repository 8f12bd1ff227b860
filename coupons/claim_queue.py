"""The queue before the doorway, for callers with no transaction of their own.

Claims that wait are settled together, up to 128 a transaction; a lone claim goes at once. A claim awaited
inside its caller's transaction would fail on the caller's uncommitted rows, or hang for ever on a
conversation the caller has locked, unseen by the deadlock detector: so that raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

import asyncpg
import msgspec

from conversations.channel import Channel
from coupons.actions.claim import settle
from coupons.requests import ClaimRequest, ClaimResult
from runtime.clock import Clock
from runtime.database import IN_TRANSACTION, Database
from runtime.live import LiveFeed
from runtime.tasks import Supervisor

BATCH = 128
WORKERS = 2
TRIES = 4
RACES = (
    asyncpg.UniqueViolationError,
    # The contact was merged into another at this moment: the next look finds that.
    asyncpg.ForeignKeyViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


def _uncounted(_: Sequence[ClaimResult]) -> None:
    """Count nothing."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What claims need besides the request. `base_url`: the public address without a trailing slash;
    `count` is told every answer once it is committed.
    """

    channels: Mapping[str, Channel]
    clock: Clock
    base_url: str
    count: Callable[[Sequence[ClaimResult]], None] = _uncounted


class _Waiting(msgspec.Struct, frozen=True):
    request: ClaimRequest
    answer: asyncio.Future[ClaimResult]


class ClaimQueue:
    """Settles claims in batches; started by the gateway in every process that serves callers."""

    def __init__(
        self, database: Database, supervisor: Supervisor, live: LiveFeed, setting: Setting
    ) -> None:
        self._database = database
        self._supervisor = supervisor
        self._live = live
        self._setting = setting
        self._waiting: list[_Waiting] = []
        self._settling: set[tuple[UUID, UUID]] = set()
        self._ready = asyncio.Event()

    def start(self) -> None:
        """Begin settling."""
        for worker in range(WORKERS):
            self._supervisor.start(f"claims {worker}", self._work)
        self._end = self._supervisor.once("claims end", self._wake_at_end())

    async def claim(self, request: ClaimRequest) -> ClaimResult:
        """Settle one request. Raises RuntimeError inside a transaction of the caller's own."""
        if IN_TRANSACTION.get():
            raise RuntimeError(
                "A claim may not be awaited inside a transaction; call settle with it instead"
            )
        if self._supervisor.stopping.is_set():
            raise RuntimeError("The server is stopping; no claim is taken any more")
        answer: asyncio.Future[ClaimResult] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(request, answer))
        self._ready.set()
        return await answer

    async def _work(self) -> None:
        while True:
            await self._ready.wait()
            batch = self._next_batch()
            if batch:
                try:
                    await self._settle(list(batch.values()))
                finally:
                    self._settling.difference_update(batch)
                    if self._waiting:
                        self._ready.set()
            elif self._supervisor.stopping.is_set():
                return

    async def _wake_at_end(self) -> None:
        await self._supervisor.stopping.wait()
        self._ready.set()

    def _next_batch(self) -> dict[tuple[UUID, UUID], _Waiting]:
        """Take up to 128, one a contact and coupon; what is left waits for the next batch. A pair that
        another worker is settling waits, too: a repeated form must find the claim that the first one made.
        """
        chosen: dict[tuple[UUID, UUID], _Waiting] = {}
        rest: list[_Waiting] = []
        for item in self._waiting:
            pair = (item.request.coupon_id, item.request.contact_id)
            if item.answer.cancelled():
                continue
            if len(chosen) < BATCH and pair not in chosen and pair not in self._settling:
                chosen[pair] = item
            else:
                rest.append(item)
        self._waiting = rest
        self._settling.update(chosen)
        if not (rest and chosen) and not self._supervisor.stopping.is_set():
            self._ready.clear()
        return chosen

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        try:
            results = await self._run([item.request for item in batch])
        except Exception:  # noqa: BLE001 (settled again one by one, where each meets its own error)
            for item in batch:
                await self._settle_alone(item)
            return
        for item, result in zip(batch, results, strict=True):
            _answer(item, result)

    async def _settle_alone(self, item: _Waiting) -> None:
        for attempt in range(TRIES):
            try:
                [result] = await self._run([item.request])
            except RACES as error:
                if attempt == TRIES - 1:
                    _fail(item, error)
            except Exception as error:  # noqa: BLE001 (handed to the caller)
                _fail(item, error)
                return
            else:
                _answer(item, result)
                return

    async def _run(self, requests: Sequence[ClaimRequest]) -> list[ClaimResult]:
        """Settle in one transaction; where no card is posted, it begins only once something is to be written."""
        setting, now = self._setting, self._setting.clock.now()
        asked = requests, setting.channels, setting.base_url, now
        if any(request.post for request in requests):
            async with self._database.transaction(self._database.claims) as tx:
                results = await settle(tx, *asked)
        else:
            async with self._database.claims.acquire() as connection:
                results = await settle(connection, *asked, connection.transaction)
        self._live.committed()
        setting.count(results)
        return results


def _answer(item: _Waiting, result: ClaimResult) -> None:
    if not item.answer.done():
        item.answer.set_result(result)


def _fail(item: _Waiting, error: Exception) -> None:
    if not item.answer.done():
        item.answer.set_exception(error)
