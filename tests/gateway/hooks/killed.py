"""A sender in a process of its own, to be killed: `python -m tests.gateway.hooks.killed DSN ORIGIN`."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

import aiohttp

from gateway.apps import APPS
from gateway.hooks.caller import Caller
from gateway.hooks.sender import Sender
from runtime.clock import FixedClock
from runtime.database import Database
from runtime.keys import Keyring
from runtime.live import LiveFeed
from runtime.tasks import Supervisor
from tests.conftest import NOON


async def main(dsn: str, origin: str) -> None:
    """Send what is due once; the caller's address never answers."""
    db = await Database(dsn, APPS).open()
    supervisor = Supervisor()
    keyring = Keyring("a key for tests only and of no use elsewhere")
    async with aiohttp.ClientSession() as plain:
        sender = Sender(
            db,
            FixedClock(NOON),
            LiveFeed(dsn, db.screens, supervisor),
            supervisor,
            keyring,
            Caller(plain, plain, [origin]),
            lease_span=timedelta(seconds=1),
        )
        await sender.round()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
