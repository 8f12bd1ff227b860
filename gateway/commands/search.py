"""`tessera search rebuild`: file every message and contact anew for search."""

from __future__ import annotations

import argparse

from config.settings import Settings
from conversations.search_index import rebuild
from gateway.site import open_site


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    search = choices.add_parser("search", help="what the inbox's search looks through: rebuild")
    verbs = search.add_subparsers(dest="verb", metavar="rebuild", required=True)
    anew = verbs.add_parser("rebuild", help="file everything anew; the server may run meanwhile")
    anew.set_defaults(run=run)


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """File, and say how many messages were looked at."""
    del chosen
    async with open_site(settings) as site:
        messages = await rebuild(site.database, site.clock.now())
    if messages is None:
        print("Everything is being filed by the server already.")
    else:
        print(f"{messages:,} messages filed.")
    return 0
