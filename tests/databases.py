"""One database a worker, emptied after each test: a new one for each would cost more than most tests do.

Only tables that hold rows are emptied, rows that migrations put there come back, and sequences start anew.
A test that changed the schema or the statistics, wrote very many rows, or closed or kept a pool, costs the
next one a fresh database: statistics and dead rows of others would make its statements slow.
"""

from __future__ import annotations

import contextlib

import asyncpg
from tortoise import context

from gateway.apps import APPS
from runtime.database import Database
from runtime.ids import uuid7
from tests.clusters import TEMPLATE

TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind = 'S' AS counts
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'S') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1
"""
# Any change of a table, a column, an index, a constraint, a trigger or a function shows in one of these.
SHAPE = " || ' ' || ".join(
    f"(SELECT concat(count(*), '/', max(xmin::text::bigint)) FROM {catalogue} WHERE {own} >= 16384)"
    for catalogue, own in (
        ("pg_class", "oid"),
        ("pg_attribute", "attrelid"),
        ("pg_attrdef", "oid"),
        ("pg_constraint", "oid"),
        ("pg_trigger", "oid"),
        ("pg_proc", "oid"),
        ("pg_statistic", "starelid"),
    )
)
# A test that leaves more rows than these leaves a mountain of dead ones.
MANY_ROWS = 5_000
STRANGERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL($1::int[])
"""


CONTENT = "SELECT md5(coalesce(string_agg(t::text, '\n' ORDER BY t::text), '')) FROM {name} t"


class Leak(Exception):
    """A test ended without giving back what it had taken from the shared database."""


@contextlib.asynccontextmanager
async def copy(server):
    """Give the URL of a copy of the template that nobody else uses."""
    name = f"t_{uuid7().hex}"
    admin = await asyncpg.connect(server.dsn("postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        yield server.dsn(name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


async def content(dsn: str) -> dict[str, object]:
    """Return what every table and every sequence of a database holds, to be compared."""
    inside = await asyncpg.connect(dsn)
    try:
        return {
            name: tuple(await inside.fetchrow(f"SELECT last_value, is_called FROM {name}"))
            if counts
            else await inside.fetchval(CONTENT.format(name=name))
            for name, counts in await inside.fetch(TABLES)
        }
    finally:
        await inside.close()


class Shared:
    """The database that the tests of one worker use one after the other."""

    def __init__(self, server) -> None:
        self._server = server
        self._stack = contextlib.AsyncExitStack()
        self._opened: Database | None = None
        self._pools: list[asyncpg.Pool] = []

    async def start(self) -> Shared:
        """Copy the template and learn how to empty the copy."""
        self.dsn = await self._stack.enter_async_context(copy(self._server))
        self._admin = await asyncpg.connect(self.dsn)
        self._stack.push_async_callback(self._admin.close)
        await self._admin.execute("SET session_replication_role = replica; SET lock_timeout = '5s'")
        await self._admin.execute(await _emptying(self._admin))
        self._shape = await self._admin.fetchval(f"SELECT {SHAPE}")
        return self

    async def stop(self) -> None:
        """Close everything and drop the database."""
        await self.close()
        await self._stack.aclose()

    async def open(self) -> Database:
        """Return the database, opened; the pools stay open from test to test."""
        if self._opened is None:
            self._opened = await Database(self.dsn, APPS).open()
            self._pools = self._pools_of(self._opened)
        else:
            context._global_context = self._opened._tortoise
        return self._opened

    async def close(self) -> None:
        """Close the pools, however they were left."""
        if self._opened is not None:
            for pool in (*self._pools, *self._pools_of(self._opened)):
                pool.terminate()
            with contextlib.suppress(OSError, asyncpg.InterfaceError):
                await self._opened.close()
        self._opened, self._pools = None, []

    async def empty(self) -> None:
        """Bring the database back to what the template holds; raises Leak for a pool not given back."""
        kept = self._opened is not None and any(_busy(pool) for pool in self._all_pools())
        if kept or self._is_unfit():
            await self.close()
        # Between tests no database is the models' own: a test may open one itself.
        context._global_context = None
        own = [pid for pool in self._all_pools() for pid in _pids(pool)]
        await self._admin.execute(STRANGERS, own)
        try:
            many = await self.clear() > MANY_ROWS
            changed = many or await self._admin.fetchval(f"SELECT {SHAPE}") != self._shape
        except asyncpg.PostgresError:
            changed = True
        if changed:
            await self.stop()
            await self.start()
        if kept:
            raise Leak("a connection of the shared pools is still in use after the test")

    async def clear(self) -> int:
        """Delete every row that the template does not hold, and start the sequences anew; return how many
        rows a table held at most.
        """
        return int(await self._admin.fetchval("SELECT pg_temp.empty()"))

    def _is_unfit(self) -> bool:
        if self._opened is None:
            return False
        return any(pool.is_closing() for pool in self._pools) or any(
            was is not now
            for was, now in zip(self._pools, self._pools_of(self._opened), strict=True)
        )

    def _all_pools(self) -> list[asyncpg.Pool]:
        """Return the open pools, that of the models included, which opens at its first use."""
        if self._opened is None:
            return []
        models = self._opened._tortoise.connections.get("default")._pool
        return [*self._pools, *([models] if models else [])]

    @staticmethod
    def _pools_of(database: Database) -> list[asyncpg.Pool]:
        return [
            database.screens,
            database.reads,
            database.answers,
            database.lanes,
            database.claims,
            database.sends,
        ]


def _busy(pool) -> bool:
    return not pool.is_closing() and pool.get_size() > pool.get_idle_size()


def _pids(pool) -> list[int]:
    return [holder._con.get_server_pid() for holder in pool._holders if holder._con]


async def _emptying(admin) -> str:
    """Write the function that empties: as SQL of its own each table would cost a round trip and a plan."""
    steps = []
    for number, (name, counts) in enumerate(await admin.fetch(TABLES)):
        if counts:
            at, called = await admin.fetchrow(f"SELECT last_value, is_called FROM {name}")
            steps.append(
                f"IF (SELECT (last_value, is_called) <> ({at}, {called}) FROM {name}) THEN"
                f" PERFORM setval('{name}', {at}, {called}); END IF;"
            )
        elif await admin.fetchval(f"SELECT EXISTS (SELECT FROM {name})"):
            seed = f"pg_temp.seed_{number}"
            await admin.execute(f"CREATE TEMP TABLE seed_{number} AS TABLE {name}")
            steps.append(
                f"IF EXISTS ((TABLE {name} EXCEPT ALL TABLE {seed}) UNION ALL"
                f" (TABLE {seed} EXCEPT ALL TABLE {name})) THEN"
                f" DELETE FROM {name}; INSERT INTO {name} OVERRIDING SYSTEM VALUE TABLE {seed}; END IF;"
            )
        else:
            steps.append(
                f"IF EXISTS (SELECT FROM {name}) THEN DELETE FROM {name};"
                " GET DIAGNOSTICS gone = ROW_COUNT; most := greatest(most, gone); END IF;"
            )
    body = "\n".join(steps)
    return (
        "CREATE FUNCTION pg_temp.empty() RETURNS bigint LANGUAGE plpgsql AS $$"
        f" DECLARE gone bigint; most bigint := 0; BEGIN {body} RETURN most; END $$"
    )
