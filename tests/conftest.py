"""The fixtures every test may use: a database of its own, a clock, and how to make rows."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from playwright.async_api import async_playwright, expect

from runtime.clock import FixedClock
from runtime.keys import Keyring
from runtime.postgres import EmbeddedPostgres
from team import passwords
from tests.clusters import TEMPLATE, prepare
from tests.databases import Shared, content

BROWSER = os.environ.get("BROWSER_FOR_TESTS") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A camera without a picture, allowed to every page that asks.
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
# How long a page may take before it is given up: far beyond what is usual, for machines are busy at times.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)
NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)  # 13:00 in Taipei


@pytest.fixture(scope="session", autouse=True)
def quick_passwords():
    """Hash passwords at the least cost there is: tests sign in hundreds of times, and nobody guesses here."""
    shipped = passwords._hasher, passwords._nobody
    with pytest.MonkeyPatch.context() as patch:
        quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(passwords, "_hasher", quick)
        patch.setattr(passwords, "_nobody", quick.hash("nobody has this password"))
        yield shipped


@pytest.fixture(scope="session")
async def server():
    """A throw-away PostgreSQL of this worker's own: no transaction of another holds its feed back."""
    # Not below pytest's folder, which another run may tidy up while this one ends.
    folder = Path(tempfile.mkdtemp(prefix="tessera-test-"))
    await prepare(folder)
    postgres = EmbeddedPostgres(folder, durable=False)
    await postgres.start()
    yield postgres
    await postgres.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def shared(server):
    """The database that the tests of this worker use one after the other."""
    started = await Shared(server).start()
    yield started
    assert await content(started.dsn) == await content(server.dsn(TEMPLATE)), "emptied to the end"
    await started.stop()


@pytest.fixture
async def dsn(shared):
    """The URL of an empty, migrated database that only this test uses."""
    before = asyncio.all_tasks()
    yield shared.dsn
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    for task in left:  # it must not write into the next test's database
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await shared.empty()


@pytest.fixture
async def db(shared, dsn):
    """The opened database of this test."""
    return await shared.open()


@pytest.fixture
def clock():
    """A clock at 13:00 in Taipei that moves only when told."""
    return FixedClock(NOON)


@pytest.fixture
def keyring():
    """Keys for tests."""
    return Keyring("a key for tests only and of no use elsewhere")


@pytest.fixture(scope="session")
async def launch():
    """Start a Chromium: `await launch(*more arguments, at=its path)`. All end with the worker, or by `close`."""
    if not os.access(BROWSER, os.X_OK):
        pytest.fail(f"no browser at {BROWSER}; run bin/test, which installs one")
    async with async_playwright() as play:

        async def start(*arguments, at=BROWSER):
            chromium = await play.chromium.launch(executable_path=at, args=[*ARGUMENTS, *arguments])
            opened = chromium.new_context

            async def new_context(**options):
                # Moving signs and fading panels are a tenth of a browser's work; the journeys have them.
                context = await opened(**({"reduced_motion": "reduce"} | options))
                context.set_default_timeout(PATIENCE_MS)
                return context

            chromium.new_context = new_context
            return chromium

        yield start


@pytest.fixture(scope="session")
async def browser(launch):
    """One Chromium for all tests of a worker; each opens contexts of its own and closes them."""
    chromium = await launch()
    yield chromium
    await chromium.close()
