"""The stand on which programs are measured: a durable PostgreSQL of its own, servers on one core, the
generator on the other, and what all of them print.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from conversations.accounts import Credentials, seal
from conversations.channel import Account
from gateway.apps import APPS
from runtime.clock import SystemClock
from runtime.database import Connection, migrate
from runtime.ids import uuid7
from runtime.keys import Keyring
from runtime.postgres import EmbeddedPostgres

SERVER_CORE = 0
SECRET_KEY = "benchmarks only: nothing real is kept under this"  # noqa: S105 (throw-away)
READY_S = 30.0
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass
class Server:
    """A started server process."""

    process: asyncio.subprocess.Process
    port: int

    def memory_mib(self) -> float:
        """Return its resident memory."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used, 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def generator_core() -> int:
    """Return the core the generator runs on: the last one."""
    return max(os.sched_getaffinity(0))


@asynccontextmanager
async def postgres() -> AsyncIterator[EmbeddedPostgres]:
    """Run a PostgreSQL on the servers' core in a folder that goes afterwards; then pin this process."""
    generator = generator_core()
    with tempfile.TemporaryDirectory(prefix="tessera-bench-") as folder:
        os.sched_setaffinity(0, {SERVER_CORE})
        server = EmbeddedPostgres(Path(folder))
        await server.start()
        os.sched_setaffinity(0, {generator})
        try:
            yield server
        finally:
            await server.stop()


async def database(server: EmbeddedPostgres, name: str) -> str:
    """Make a migrated database and return its URL."""
    admin = await asyncpg.connect(server.dsn("postgres"))
    try:
        await admin.execute(f'CREATE DATABASE "{name}"')
    finally:
        await admin.close()
    await migrate(server.dsn(name), APPS)
    return server.dsn(name)


async def describe(server: EmbeddedPostgres) -> str:
    """Return a line on what the figures stand on: the durable settings, versions, the machine."""
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        shown = [f"{name}={await connection.fetchval(f'SHOW {name}')}" for name in DURABLE]
        version = await connection.fetchval("SHOW server_version")
    finally:
        await connection.close()
    load = os.getloadavg()[0]
    return (
        f"PostgreSQL {version}, {', '.join(shown)}; Python {sys.version.split()[0]}; "
        f"servers on core {SERVER_CORE}, generator on core {generator_core()}; load before {load:.2f}"
    )


async def add_account(connection: Connection, account: Account) -> None:
    """Insert a workspace and an account with its credentials."""
    now = SystemClock().now()
    await connection.execute(
        "INSERT INTO workspace (id, name, zone, language, features, created_at)"
        " VALUES ($1, 'bench', 'UTC', 'en', '{}', $2)",
        account.workspace_id,
        now,
    )
    sealed = seal(Keyring(SECRET_KEY), Credentials(account.secret, account.token))
    await connection.execute(
        "INSERT INTO channel_account (id, workspace_id, channel, name, external_id, address, api_base,"
        " credentials, state, state_reason, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'ok', '', $9)",
        account.id,
        account.workspace_id,
        account.channel,
        account.name,
        account.external_id,
        account.address,
        account.api_base,
        sealed,
        now,
    )


def line_account() -> Account:
    """Return the LINE account everything is measured with."""
    return Account(
        id=uuid7(),
        workspace_id=uuid7(),
        channel="line",
        name="bench",
        external_id="U8e742f61d673b39c7fff3cecb7536ef0",
        secret="8c570fa6dd201bb328f1c1eac23a96d8",  # noqa: S106 (throw-away)
    )


@asynccontextmanager
async def serving(module: str, arguments: Sequence[str]) -> AsyncIterator[Server]:
    """Run `python -m module` on the servers' core; it prints its port once it listens."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, "--core", str(SERVER_CORE), *arguments),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(READY_S):
            first = await process.stdout.readline() if process.stdout else b""
        if not first.strip().isdigit():
            raise RuntimeError(f"{module} did not start; its message stands above")
        yield Server(process, int(first))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(15):
                await process.wait()
        except TimeoutError:
            process.kill()
