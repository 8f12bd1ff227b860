"""`tessera token`: what tills and integrations sign in to the REST API with."""

from __future__ import annotations

import argparse
from uuid import UUID

from config.settings import Settings
from gateway.commands._shared import add_json, only_workspace, show
from gateway.site import Site, open_site
from runtime.errors import NotFound
from team.tokens import NewToken, Scope, issue, revoke, tokens


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = choices.add_parser("token", help="tokens of the REST API: add, list, revoke")
    verbs = parser.add_subparsers(dest="verb", metavar="add|list|revoke", required=True)
    add = verbs.add_parser("add", help="make a token and print it, this once")
    add.add_argument("--name", required=True, help="which till or system it belongs to")
    add.add_argument(
        "--scope", required=True, action="append", choices=[str(scope) for scope in Scope]
    )
    add.add_argument("--store", default="", help="the store it redeems in, and in no other")
    add.set_defaults(run=run_add)
    listing = verbs.add_parser("list", help="list the tokens, without their secrets")
    add_json(listing)
    listing.set_defaults(run=run_list)
    end = verbs.add_parser("revoke", help="end a token at once")
    end.add_argument("which", metavar="NAME|ID")
    end.set_defaults(run=run_revoke)


async def run_add(chosen: argparse.Namespace, settings: Settings) -> int:
    """Make a token; only its secret goes to standard output."""
    async with open_site(settings) as site:
        workspace = await only_workspace(site)
        new = NewToken(
            workspace_id=workspace,
            name=chosen.name,
            scopes=chosen.scope,
            store_id=await _store(site, workspace, chosen.store),
        )
        async with site.database.transaction() as tx:
            secret = await issue(tx, new, site.clock.now())
        print(secret)
    return 0


async def _store(site: Site, workspace: UUID, name: str) -> UUID | None:
    if not name:
        return None
    found = await site.database.screens.fetchval(
        "SELECT id FROM store WHERE workspace_id = $1 AND name = $2", workspace, name
    )
    if found is None:
        raise NotFound(f"There is no store {name[:60]!r}")
    return UUID(str(found))


async def run_list(chosen: argparse.Namespace, settings: Settings) -> int:
    """List the tokens."""
    async with open_site(settings) as site:
        rows = await tokens(site.database.screens, await only_workspace(site))
    show(rows, as_json=chosen.json, empty="No token yet: tessera token add --help")
    return 0


async def run_revoke(chosen: argparse.Namespace, settings: Settings) -> int:
    """Revoke one."""
    async with open_site(settings) as site:
        workspace = await only_workspace(site)
        async with site.database.transaction() as tx:
            name = await revoke(tx, workspace, chosen.which, site.clock.now())
        print(f"Revoked {name}")
    return 0
