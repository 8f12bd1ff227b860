"""The simulator's own PostgreSQL schema: plain SQL files, applied once each and in order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncpg

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
LOCK = 0x51_4D_5C_4E


async def migrate(conn: asyncpg.Connection) -> list[str]:
    """Bring schema `simulator` up to date and return the names of the files applied.

    Safe to call from several processes at once: the loser of the race finds nothing left to do.
    """
    async with conn.transaction():
        await conn.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        await conn.execute("CREATE SCHEMA IF NOT EXISTS simulator")
        await conn.execute(
            "CREATE TABLE IF NOT EXISTS simulator.migration"
            " (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        known = {row["name"] for row in await conn.fetch("SELECT name FROM simulator.migration")}
        fresh = [path for path in sorted(MIGRATIONS.glob("*.sql")) if path.name not in known]
        for path in fresh:
            await conn.execute(path.read_text(encoding="utf-8"))
            await conn.execute("INSERT INTO simulator.migration (name) VALUES ($1)", path.name)
    return [path.name for path in fresh]
