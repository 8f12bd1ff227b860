"""`tessera events`: received events of an account, normalised, as JSON lines."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import msgspec

from channels import registry
from config.settings import Settings
from conversations.channel import Inbound, Kind
from gateway.site import Site, open_site
from runtime.errors import Invalid, NotFound

PAGE = 1000
STORED = """
SELECT i.id, i.payload FROM inbox i JOIN channel_account a ON a.id = i.account_id
WHERE a.channel = $1 AND a.name = $2 AND i.id > $3 AND octet_length(i.payload) > 0 ORDER BY i.id LIMIT $4
"""


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    events = choices.add_parser("events", help="print an account's received events as JSON lines")
    events.add_argument(
        "--account", required=True, metavar="CHANNEL/NAME", help="for instance line/demo"
    )
    events.add_argument(
        "--json", action="store_true", help="the only form there is; accepted for symmetry"
    )
    events.set_defaults(run=run)


async def run(chosen: argparse.Namespace, settings: Settings) -> int:
    """Print every event still kept, in the order handled."""
    channel, slash, name = chosen.account.partition("/")
    if not slash or not name:
        raise Invalid("account", "--account is written CHANNEL/NAME, for instance line/demo")
    async with open_site(settings) as site:
        found = await site.database.screens.fetchval(
            "SELECT 1 FROM channel_account WHERE channel = $1 AND name = $2", channel, name
        )
        if not found:
            raise NotFound(f"There is no account {chosen.account}; see: tessera account list")
        await _print(site, channel, name)
    return 0


def facts(account: str, event: Inbound) -> dict[str, Any]:
    """Return what is printed of an event: what does not apply is left out, except who wrote (null where
    nobody is named) and the words of a message ("" where it has none).
    """
    told = {"account": account, **msgspec.to_builtins(event)}
    told.setdefault("contact_external_id", None)
    if event.kind is Kind.MESSAGE:
        told.setdefault("text", "")
    return told


async def _print(site: Site, channel: str, name: str) -> None:
    read = registry.load()[channel].read
    after = 0
    while rows := await site.database.screens.fetch(STORED, channel, name, after, PAGE):
        for row in rows:
            told = facts(f"{channel}/{name}", read(row["payload"]))
            sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
        after = rows[-1]["id"]
