"""The database: pools, transactions, migrations and the Tortoise configuration.

Screens share one pool; the inbox's own reads and what members write there have others, whose statements are planned
once; lanes, claims and delivery have pools of their own, so that no screen waits for them. Pools are opened with a
no-op `reset` (asyncpg's own costs a round trip a use), therefore nothing may leave session state on a connection.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg
import msgspec
from tortoise.context import TortoiseContext

from runtime.errors import TesseraError
from runtime.migrate import run_migrations

MIGRATION_LOCK = 0x7E55E7A
SCREEN_POOL = 8
READ_POOL = 6
ANSWER_POOL = 4
WORK_POOL = 3
# The hot path's statements are made for indexes and small arrays: planned once, never anew for each batch
# (that took as long as running them), and never by scanning a queue that was empty when last analysed, nor by making a
# hash of a table that was small then: within a rush it holds thousands before the server looks again.
WORK_SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_mergejoin": "off",
    "enable_hashjoin": "off",
    "jit": "off",
}
# The inbox's list asks for eight tables and more: in which order to join them took longer to find out than the
# answer. Here they are joined as they are written.
READ_SETTINGS = {
    **WORK_SETTINGS,
    "enable_hashjoin": "on",
    "join_collapse_limit": "1",
    "from_collapse_limit": "1",
}
PLANS_KEPT_S = 3600
IN_TRANSACTION: ContextVar[bool] = ContextVar("in_transaction", default=False)
"""Whether the running task has a transaction of `Database.transaction` open."""

_json = msgspec.json.Decoder()

Connection: TypeAlias = asyncpg.Connection
Pool: TypeAlias = asyncpg.Pool
UNREACHABLE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, ValueError)


class DatabaseUnusable(TesseraError):
    """The database cannot be reached or is not one we can use; the text says why."""


class PlainConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types
    """A connection whose return to the pool costs nothing, save a rollback where a cancelled task left a
    transaction open: without it the next user's commits would be savepoints in that transaction.

    A plan made while a table was small may scan what has grown since, so plans are made anew after a second
    of use, after four, sixteen and so on, an hour at most. (Analysing tells the server, too, but minutes later.)
    """

    _plans_kept_s = 0.25
    _plans_end = 0.0

    def get_reset_query(self) -> str:
        """Return nothing to run, but now and then what drops the plans: no code of ours leaves other
        session state behind.
        """
        now = asyncio.get_running_loop().time()
        if now < self._plans_end:
            return ""
        self._plans_kept_s = min(self._plans_kept_s * 4, PLANS_KEPT_S)
        self._plans_end = now + self._plans_kept_s
        return "DISCARD PLANS"


def plain(text: str) -> Any:  # noqa: ANN401 (any JSON)
    """Return the value of a JSON column: a seventh of the time that Python's own reader takes, which is asked only
    for what the quick one refuses (a number beyond every float, half a pair of surrogates).
    """
    try:
        return _json.decode(text)
    except msgspec.DecodeError:
        return json.loads(text)


async def prepare(connection: Connection) -> None:
    """Make JSON columns plain Python values on this connection."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, encoder=json.dumps, decoder=plain, schema="pg_catalog", format="text"
        )


async def connect(dsn: str) -> Connection:
    """Open one connection outside the pools; raises DatabaseUnusable."""
    try:
        return await asyncpg.connect(dsn)
    except UNREACHABLE as error:
        raise DatabaseUnusable(f"Cannot reach the database: {error}") from error


async def open_pool(
    dsn: str,
    size: int,
    *,
    idle_in_transaction_s: int = 10,
    more: Mapping[str, str] | None = None,
    at_once: int = 1,
) -> Pool:
    """Open a pool of up to `size` connections, `at_once` many now, with `more` settings; raises DatabaseUnusable."""
    settings = {
        "application_name": "tessera",
        "idle_in_transaction_session_timeout": str(idle_in_transaction_s * 1000),
        "timezone": "UTC",
        **(more or {}),
    }
    try:
        return await asyncpg.create_pool(
            dsn,
            min_size=at_once,
            max_size=size,
            init=prepare,
            connection_class=PlainConnection,
            server_settings=settings,
            max_inactive_connection_lifetime=300,
            # A statement forgotten after five minutes, as asyncpg would, is planned anew while somebody waits.
            max_cached_statement_lifetime=0,
        )
    except UNREACHABLE as error:
        raise DatabaseUnusable(f"Cannot reach the database: {error}") from error


class Database:
    """Everything that talks to one PostgreSQL database."""

    def __init__(self, dsn: str, apps: Mapping[str, Sequence[str]]) -> None:
        """`apps`: for each package with tables, its models module and its migrations module."""
        self.dsn = dsn
        self._apps = apps
        self._tortoise = TortoiseContext()
        self.screens: Pool
        self.reads: Pool
        self.answers: Pool
        self.lanes: Pool
        self.claims: Pool
        self.sends: Pool

    async def open(self) -> Database:
        """Open the pools and Tortoise; raises DatabaseUnusable."""
        self.screens = await open_pool(self.dsn, SCREEN_POOL)
        self.reads = await open_pool(self.dsn, READ_POOL, more=READ_SETTINGS, at_once=0)
        self.answers = await open_pool(self.dsn, ANSWER_POOL, more=WORK_SETTINGS, at_once=0)
        self.lanes = await open_pool(self.dsn, WORK_POOL, more=WORK_SETTINGS)
        self.claims = await open_pool(self.dsn, WORK_POOL, more=WORK_SETTINGS)
        self.sends = await open_pool(self.dsn, WORK_POOL, more=WORK_SETTINGS)
        config = tortoise_config(self.dsn, self._apps)
        # Request handlers run in contexts of their own, so the models need a process-wide context.
        with self._tortoise:
            await self._tortoise.init(config=config, _enable_global_fallback=True)
        return self

    async def close(self) -> None:
        """Close every pool, ending what still runs after five seconds."""
        await self._tortoise.close_connections()
        for pool in (
            self.screens,
            self.reads,
            self.answers,
            self.lanes,
            self.claims,
            self.sends,
        ):
            await pool.close()

    @asynccontextmanager
    async def transaction(self, pool: Pool | None = None) -> AsyncIterator[Connection]:
        """Open a transaction on a connection of `pool` (the screens' by default)."""
        mark = IN_TRANSACTION.set(True)
        try:
            async with (pool or self.screens).acquire() as connection, connection.transaction():
                yield connection
        finally:
            IN_TRANSACTION.reset(mark)


def tortoise_config(
    dsn: str, apps: Mapping[str, Sequence[str]], pool: int = SCREEN_POOL
) -> dict[str, Any]:
    """Return Tortoise's configuration for a libpq URL, sockets included."""
    parts = urlsplit(dsn)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    credentials: dict[str, Any] = {
        "host": query.pop("host", None) or parts.hostname or "localhost",
        "port": parts.port or 5432,
        "user": unquote(parts.username or query.pop("user", "")) or None,
        "password": unquote(parts.password or "") or None,
        "database": parts.path.lstrip("/") or "tessera",
        "minsize": 1,
        "maxsize": pool,
        "reset": no_reset,
    }
    if "sslmode" in query:
        credentials["ssl"] = query["sslmode"]
    return {
        "connections": {
            "default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}
        },
        "apps": {
            label: {"models": [models], "migrations": migrations, "default_connection": "default"}
            for label, (models, migrations) in apps.items()
        },
        "use_tz": True,
        "timezone": "UTC",
    }


async def no_reset(_: Connection) -> None:
    """Stand in for asyncpg's reset statement: we leave no session state behind."""


async def migrate(dsn: str, apps: Mapping[str, Sequence[str]]) -> None:
    """Bring the schema up to date; one process at a time, on a connection of its own."""
    connection = await connect(dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        await require_supported(connection)
        async with TortoiseContext():
            await run_migrations(tortoise_config(dsn, apps, pool=2))
    finally:
        await connection.close()


async def require_supported(connection: Connection) -> None:
    """Raise DatabaseUnusable unless this is PostgreSQL 15 or later with UTF-8."""
    version = connection.get_server_version()
    if version.major < 15:
        raise DatabaseUnusable(f"PostgreSQL {version.major} is too old; 15 or later is needed")
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise DatabaseUnusable(f"The database's encoding is {encoding}; create it with UTF8")
