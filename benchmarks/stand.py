"""The stand on which programs are measured: a durable PostgreSQL of its own, servers on one core, the
generator on the other, and what all of them print.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from aiohttp.test_utils import unused_port

from benchmarks.load import Result, Run
from conversations.accounts import Credentials, seal
from conversations.channel import Account
from gateway.apps import APPS
from gateway.commands.check import DURABLE
from runtime.clock import SystemClock
from runtime.database import Connection, migrate
from runtime.ids import uuid7
from runtime.keys import Keyring
from runtime.postgres import EmbeddedPostgres

SERVER_CORE = 0
SECRET_KEY = "benchmarks only: nothing real is kept under this"  # noqa: S105 (throw-away)
# A server is ready within seconds of processor time; on a machine that others use, those may take a minute.
READY_S = 180.0
Load = Callable[[Run], Awaitable[Result]]


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


async def processor_time(connection: Connection, server: Server) -> float:
    """Return the seconds of processor time used by a server and its database connections.

    On a machine that others use too, this is steadier than any rate.
    """
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return sum(cpu_seconds(pid) for pid in [server.process.pid, *(row["pid"] for row in rows)])


def told(result: Result) -> str:
    """Return one run in words."""
    slow = " GENERATOR SATURATED" if result.busy > 0.9 else ""
    return (
        f"{result.rate:8,.0f}/s  p50 {result.percentile(0.5):7.2f}  p99 {result.percentile(0.99):7.2f} ms"
        f"  generator busy {result.busy:.0%}{slow}"
    )


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


async def add_account(dsn: str, account: Account) -> None:
    """Insert a workspace and an account with its credentials."""
    connection = await asyncpg.connect(dsn)
    try:
        await insert_account(connection, account)
    finally:
        await connection.close()


async def insert_account(connection: Connection, account: Account) -> None:
    """Insert as `add_account` does, on a connection of the caller's."""
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


def line_account(api_base: str = "") -> Account:
    """Return the LINE account everything is measured with; `api_base` is where its platform answers."""
    return Account(
        id=uuid7(),
        workspace_id=uuid7(),
        channel="line",
        name="bench",
        external_id="U8e742f61d673b39c7fff3cecb7536ef0",
        token="bench",  # noqa: S106 (throw-away)
        api_base=api_base,
        secret="8c570fa6dd201bb328f1c1eac23a96d8",  # noqa: S106 (throw-away)
    )


@asynccontextmanager
async def serving(
    module: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> AsyncIterator[Server]:
    """Run `python -m module` on the servers' core until the port it was given answers.

    "{port}" in an argument or a variable stands for that port.
    """
    port = unused_port()
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {SERVER_CORE})
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module),
            *(argument.format(port=port) for argument in arguments),
            env=os.environ | {k: v.format(port=port) for k, v in (environment or {}).items()},
            stdout=asyncio.subprocess.DEVNULL,
        )
    finally:
        os.sched_setaffinity(0, own)
    try:
        await answers(process, port, module)
        yield Server(process, port)
    finally:
        await end(process)


def tessera(dsn: str, role: str) -> AbstractAsyncContextManager[Server]:
    """Run the product in one role."""
    environment = {
        "TESSERA_DATABASE_URL": dsn,
        "TESSERA_SECRET_KEY": SECRET_KEY,
        "TESSERA_PORT": "{port}",
        "TESSERA_PUBLIC_URL": "https://shop.example",
        "TESSERA_LOG": "warning",
    }
    return serving("gateway.commands", ["serve", "--role", role], environment)


async def answers(process: asyncio.subprocess.Process, port: int, name: str) -> None:
    """Wait until a call is answered; raises RuntimeError when the process ends or takes too long."""
    deadline = asyncio.get_running_loop().time() + READY_S
    while process.returncode is None and asyncio.get_running_loop().time() < deadline:
        if await answered(port):
            return
        await asyncio.sleep(0.05)
    if process.returncode is None:
        raise RuntimeError(f"{name} did not answer within {READY_S:.0f} s; is the machine busy?")
    raise RuntimeError(f"{name} ended with {process.returncode}; its message stands above")


async def answered(port: int) -> bool:
    """Make one call and say whether anything came back within a few seconds."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            line = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return line.startswith(b"HTTP/1.1 ")


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask a process to end, and kill it when it does not."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(15):
            await process.wait()
    except TimeoutError:
        process.kill()
