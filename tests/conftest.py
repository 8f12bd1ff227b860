"""The fixtures every test may use: a database of its own, a clock, and how to make rows."""

from __future__ import annotations

import contextlib
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from gateway.apps import APPS
from runtime.clock import FixedClock
from runtime.database import Database, migrate
from runtime.ids import uuid7
from runtime.keys import Keyring
from runtime.postgres import EmbeddedPostgres

TEMPLATE = "template_tessera"
NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)  # 13:00 in Taipei


@pytest.fixture(scope="session")
async def server(tmp_path_factory):
    """One throw-away PostgreSQL for all workers of a run; its flock counts them."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run:
        folder = Path(tempfile.gettempdir()) / f"tessera-test-{os.getuid()}-{run[:12]}"
    else:
        folder = tmp_path_factory.mktemp("pg")
    postgres = EmbeddedPostgres(folder, durable=False)
    await postgres.start()
    try:
        await _template(postgres)
        yield postgres
    finally:
        await postgres.stop()


async def _template(postgres):
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        await admin.execute("SELECT pg_advisory_lock(1)")
        if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE):
            await admin.execute(f"CREATE DATABASE {TEMPLATE}")
            await migrate(postgres.dsn(TEMPLATE), APPS)
    finally:
        await admin.close()


@pytest.fixture
async def dsn(server):
    """The URL of an empty, migrated database that only this test uses."""
    name = f"t_{uuid7().hex}"
    admin = await asyncpg.connect(server.dsn("postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        yield server.dsn(name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
async def db(dsn):
    """The opened database of this test."""
    database = await Database(dsn, APPS).open()
    yield database
    with contextlib.suppress(OSError):
        await database.close()


@pytest.fixture
def clock():
    """A clock at 13:00 in Taipei that moves only when told."""
    return FixedClock(NOON)


@pytest.fixture
def keyring():
    """Keys for tests."""
    return Keyring("a key for tests only and of no use elsewhere")
