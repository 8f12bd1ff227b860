"""`tessera backup FILE` and `tessera restore FILE`."""

from __future__ import annotations

import argparse
from pathlib import Path

from config.settings import Settings
from gateway.site import keys, open_database_url
from runtime.archive import ArchiveFailed, backup, restore
from runtime.database import connect


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands."""
    save = choices.add_parser("backup", help="write database, media and a key check to one file")
    save.add_argument("file", type=Path)
    save.set_defaults(run=run_backup)
    load = choices.add_parser("restore", help="fill an empty installation from a backup")
    load.add_argument("file", type=Path)
    load.set_defaults(run=run_restore)


async def run_backup(chosen: argparse.Namespace, settings: Settings) -> int:
    """Write the backup; the server may be running."""
    async with open_database_url(settings) as dsn:
        await (await connect(dsn)).close()
        size = await backup(dsn, settings.data_dir / "media", keys(settings), chosen.file)
    print(
        f"Wrote {chosen.file} ({size / 1_000_000:.1f} MB). Keep the secret key beside it, not in it."
    )
    return 0


async def run_restore(chosen: argparse.Namespace, settings: Settings) -> int:
    """Restore into an empty database; one that holds anything is refused."""
    async with open_database_url(settings) as dsn:
        connection = await connect(dsn)
        try:
            used = await connection.fetchval("SELECT to_regclass('workspace') IS NOT NULL")
        finally:
            await connection.close()
        if used:
            raise ArchiveFailed(
                "This installation has data; restore needs an empty one (another TESSERA_DATA_DIR or database)"
            )
        await restore(dsn, settings.data_dir / "media", keys(settings), chosen.file)
    print(f"Restored {chosen.file}.")
    return 0
