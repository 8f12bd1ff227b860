"""The fixtures every test may use: a database of its own, a clock, and how to make rows."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.clock import FixedClock
from runtime.keys import Keyring
from runtime.postgres import EmbeddedPostgres
from tests.clusters import TEMPLATE, prepare
from tests.databases import Shared, content

NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)  # 13:00 in Taipei


@pytest.fixture(scope="session")
async def server(tmp_path_factory):
    """One throw-away PostgreSQL for all workers of a run; its flock counts them."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run:
        folder = Path(tempfile.gettempdir()) / f"tessera-test-{os.getuid()}-{run[:12]}"
    else:
        folder = tmp_path_factory.mktemp("pg")
    await prepare(folder)
    postgres = EmbeddedPostgres(folder, durable=False)
    await postgres.start()
    yield postgres
    await postgres.stop()
    if postgres.pid() is None:
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
