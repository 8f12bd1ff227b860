"""Watches how far the inbox is behind, once a second, while something else runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from conversations import inbox
from runtime.clock import SystemClock
from runtime.tasks import spawn

EVERY_S = 1.0


@dataclass
class Lags:
    """The lags seen, in seconds."""

    connection: asyncpg.Connection
    seen: list[float] = field(default_factory=lambda: [0.0])

    async def now(self) -> float:
        """Return the lag at this instant."""
        return await inbox.lag(self.connection, SystemClock().now())


@asynccontextmanager
async def watched(dsn: str) -> AsyncIterator[Lags]:
    """Watch until the block ends; ask `now` only once nothing runs any more."""
    connection, another = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    lags, watching = Lags(connection), Lags(another)

    async def watch() -> None:
        while True:
            lags.seen.append(await watching.now())
            await asyncio.sleep(EVERY_S)

    task = spawn(watch(), "watch lag")
    try:
        yield lags
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await connection.close()
        await another.close()
