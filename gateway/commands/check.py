"""`tessera check`: is everything here as it must be?"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator

import aiohttp
import msgspec

from channels import registry
from config.settings import Settings
from conversations.accounts import all_accounts
from gateway.commands._shared import add_json
from gateway.site import Site, open_site

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at, and advice on it."""

    what: str
    ok: bool
    advice: tuple[str, ...] = ()


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    check = choices.add_parser("check", help="check the database, the keys and the accounts")
    check.add_argument("--offline", action="store_true", help="do not ask the platforms")
    add_json(check)
    check.set_defaults(run=run)


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Print a line a check; exit 1 when one fails."""
    bad = 0
    async with open_site(settings) as site:
        async for finding in _look(site, offline=chosen.offline):
            bad += not finding.ok
            if chosen.json:
                print(msgspec.json.encode(finding, enc_hook=str).decode())
            else:
                print("\n        ".join([f"{_mark(finding)}  {finding.what}", *finding.advice]))
    if not chosen.json:
        print("All is well." if not bad else f"{bad} checks failed.")
    return 1 if bad else 0


def _mark(finding: Finding) -> str:
    return "ok  " if finding.ok else "FAIL"


async def _look(site: Site, *, offline: bool) -> AsyncIterator[Finding]:
    async for finding in _database(site):
        yield finding
    if not offline:
        async for finding in _accounts(site):
            yield finding


async def _database(site: Site) -> AsyncIterator[Finding]:
    version = await site.database.screens.fetchval("SHOW server_version")
    yield Finding(f"PostgreSQL {version}, schema up to date", ok=True)
    for name in DURABLE:
        value = await site.database.screens.fetchval(f"SHOW {name}")
        yield Finding(f"{name} = {value}", ok=value == "on")
    loose = await site.database.screens.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relpersistence = 'u'"
    )
    for row in loose:
        yield Finding(f"table {row['relname']} is UNLOGGED: a crash would empty it", ok=False)


async def _accounts(site: Site) -> AsyncIterator[Finding]:
    channels = registry.load()
    async with aiohttp.ClientSession() as http:
        for account in await all_accounts(site.database.screens, site.keyring):
            client = channels[account.channel].client(account, http, site.settings.graph_version)
            check = await client.check()
            yield Finding(f"{account.channel}/{account.name}", check.ok, check.advice)
