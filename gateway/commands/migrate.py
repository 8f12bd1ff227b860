"""`tessera migrate`: bring the database up to date."""

from __future__ import annotations

import argparse

from config.settings import Settings
from gateway.apps import APPS
from gateway.site import open_database_url
from runtime.database import migrate


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    choices.add_parser("migrate", help="bring the database up to date").set_defaults(run=run)


async def run(_: argparse.Namespace, settings: Settings) -> int:
    """Migrate and say so."""
    async with open_database_url(settings) as dsn:
        await migrate(dsn, APPS)
    print("The database is up to date.")
    return 0
