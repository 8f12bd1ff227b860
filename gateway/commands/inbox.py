"""`tessera inbox retry`: try events again that were set aside."""

from __future__ import annotations

import argparse

from config.settings import Settings
from conversations.inbox import retry_failed
from gateway.commands._shared import add_json, show
from gateway.site import open_site
from runtime.errors import NotFound

SET_ASIDE = """
SELECT i.id, a.channel || '/' || a.name AS account, i.received_at, i.error FROM inbox i
LEFT JOIN channel_account a ON a.id = i.account_id WHERE i.state = 2 ORDER BY i.id LIMIT 1000
"""


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    inbox = choices.add_parser("inbox", help="events that were set aside: list, retry")
    verbs = inbox.add_subparsers(dest="verb", metavar="list|retry", required=True)
    listing = verbs.add_parser("list", help="list events that failed five times")
    add_json(listing)
    listing.set_defaults(run=run_list)
    retry = verbs.add_parser("retry", help="try them again")
    retry.add_argument("id", type=int, nargs="*", help="only these (all by default)")
    retry.set_defaults(run=run_retry)


async def run_list(chosen: argparse.Namespace, settings: Settings) -> int:
    """Print what was set aside."""
    async with open_site(settings) as site:
        rows = await site.database.screens.fetch(SET_ASIDE)
    show([dict(row) for row in rows], as_json=chosen.json, empty="No event was set aside.")
    return 0


async def run_retry(chosen: argparse.Namespace, settings: Settings) -> int:
    """Make events pending again; a running server picks them up."""
    async with open_site(settings) as site:
        count = await retry_failed(site.database.screens, chosen.id or None)
    if chosen.id and not count:
        raise NotFound("No such event was set aside; see: tessera inbox list")
    print(f"{count} events will be tried again.")
    return 0
