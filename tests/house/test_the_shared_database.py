"""Tests share a database: what one leaves behind, rows, numbers, tables or pools, the next never sees."""

from __future__ import annotations

import asyncpg
import pytest

from tests.clusters import TEMPLATE
from tests.databases import MANY_ROWS, TABLES, Leak, Shared, content

# One value of each type that a column without a default may have.
VALUES = {
    "uuid": "gen_random_uuid()",
    "text": "'x'",
    "character varying": "'x'",
    "character": "'x'",
    "bytea": "'x'",
    "json": "'{}'",
    "jsonb": "'{}'",
    "boolean": "true",
    "timestamp with time zone": "now()",
    "date": "current_date",
    "bigint": "7",
    "integer": "7",
    "smallint": "7",
    "bigint[]": "'{7}'",
}
COLUMNS = """
SELECT quote_ident(attname) AS name, format_type(atttypid, NULL) AS type FROM pg_attribute a
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull AND attidentity = ''
  AND NOT EXISTS (SELECT FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum)
"""

CHECKS = """
SELECT conrelid::regclass::text, quote_ident(conname) FROM pg_constraint
WHERE contype = 'c' AND conrelid >= 16384 AND connamespace::regnamespace::text !~ '^pg_'
"""


@pytest.fixture
async def other(server):
    """A shared database as each worker has one."""
    started = await Shared(server).start()
    yield started
    await started.stop()


async def fill(dsn):
    """Put a row into every table, whatever its checks say, and take a number of every sequence."""
    inside = await asyncpg.connect(dsn)
    await inside.execute("SET session_replication_role = replica")
    for table, check in await inside.fetch(CHECKS):
        await inside.execute(f"ALTER TABLE {table} DROP CONSTRAINT {check}")
    await inside.execute("UPDATE lane SET id = id + 100")
    for name, counts in await inside.fetch(TABLES):
        if counts:
            await inside.execute(f"SELECT nextval('{name}')")
        else:
            columns = await inside.fetch(COLUMNS, name)
            names = ", ".join(column["name"] for column in columns)
            values = ", ".join(VALUES[column["type"]] for column in columns)
            await inside.execute(
                f"INSERT INTO {name} ({names}) VALUES ({values})"
                if columns
                else f"INSERT INTO {name} DEFAULT VALUES"
            )
    await inside.close()


async def test_every_row_and_number_of_a_test_is_gone_after_it(server, other):
    fresh = await content(server.dsn(TEMPLATE))
    await fill(other.dsn)
    filled = await content(other.dsn)
    assert [name for name in fresh if filled[name] == fresh[name]] == []
    await other.clear()
    assert await content(other.dsn) == fresh


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE note (n int)",
        "DROP TABLE session",
        "ALTER TABLE lane ADD COLUMN note text",
        "ALTER TABLE unit ALTER COLUMN id SET DEFAULT 7",
        "DROP INDEX attachment_waiting",
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ANALYZE lane",
    ],
)
async def test_a_changed_schema_costs_the_database(other, change):
    db, was = await other.open(), other.dsn
    await db.screens.execute(change)
    await other.empty()
    assert other.dsn != was
    assert await (await other.open()).screens.fetchval("SELECT count(*) FROM lane") == 64


async def test_very_many_rows_cost_the_database_too(other):
    db, was = await other.open(), other.dsn
    await db.screens.execute(
        "BEGIN; SET LOCAL session_replication_role = replica; INSERT INTO redemption_unit (coupon_id, seq)"
        f" SELECT gen_random_uuid(), n FROM generate_series(0, {MANY_ROWS}) n; COMMIT"
    )
    await other.empty()
    assert other.dsn != was


async def test_an_unchanged_one_is_kept(other):
    db, was = await other.open(), other.dsn
    await db.screens.execute("UPDATE lane SET id = id + 100 WHERE id > 60")
    await other.empty()
    assert (await other.open(), other.dsn) == (db, was)
    assert await db.screens.fetchval("SELECT max(id) FROM lane") == 63


async def test_closed_pools_are_opened_again(other):
    db = await other.open()
    await db.claims.close()
    await other.empty()
    assert await (await other.open()).claims.fetchval("SELECT 1") == 1


async def test_a_connection_kept_is_taken_away_and_told_of(other):
    db = await other.open()
    kept = await db.sends.acquire()
    await kept.execute("BEGIN; UPDATE lane SET id = id + 100 WHERE id > 60")
    with pytest.raises(Leak):
        await other.empty()
    assert await (await other.open()).screens.fetchval("SELECT max(id) FROM lane") == 63


async def test_a_stranger_is_turned_out(other):
    stranger = await asyncpg.connect(other.dsn)
    await stranger.execute("BEGIN; LOCK TABLE lane")
    await other.empty()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await stranger.execute("SELECT 1")
    assert await (await other.open()).screens.fetchval("SELECT count(*) FROM lane") == 64
