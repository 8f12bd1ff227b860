"""`tessera check`: is everything here as it must be?"""

from __future__ import annotations

import argparse

import aiohttp

from channels import registry
from config.settings import Settings
from conversations.accounts import all_accounts
from gateway.site import Site, open_site

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    check = choices.add_parser("check", help="check the database, the keys and the accounts")
    check.add_argument("--offline", action="store_true", help="do not ask the platforms")
    check.set_defaults(run=run)


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Print a line a check; exit 1 when one fails."""
    async with open_site(settings) as site:
        bad = await _database(site)
        if not chosen.offline:
            bad += await _accounts(site)
    print("All is well." if not bad else f"{bad} checks failed.")
    return 1 if bad else 0


async def _database(site: Site) -> int:
    version = await site.database.screens.fetchval("SHOW server_version")
    print(f"ok    PostgreSQL {version}, schema up to date")
    bad = 0
    for name in DURABLE:
        value = await site.database.screens.fetchval(f"SHOW {name}")
        bad += value != "on"
        print(f"{'ok  ' if value == 'on' else 'FAIL'}  {name} = {value}")
    loose = await site.database.screens.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u'"
    )
    for row in loose:
        print(f"FAIL  table {row['relname']} is UNLOGGED: a crash would empty it")
    return bad + len(loose)


async def _accounts(site: Site) -> int:
    bad = 0
    channels = registry.load()
    async with aiohttp.ClientSession() as http:
        for account in await all_accounts(site.database.screens, site.keyring):
            client = channels[account.channel].client(account, http, site.settings.graph_version)
            check = await client.check()
            bad += not check.ok
            print(f"{'ok  ' if check.ok else 'FAIL'}  {account.channel}/{account.name}")
            for line in check.advice:
                print(f"        {line}")
    return bad
