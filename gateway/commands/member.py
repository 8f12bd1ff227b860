"""`tessera member add`: give a person a login."""

from __future__ import annotations

import argparse

from config.settings import Settings
from gateway.commands._shared import add_json, only_workspace, show
from gateway.site import open_site
from team.actions.add_member import NewMember, add_member
from team.roles import Role


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    member = choices.add_parser("member", help="people on the staff: add, list")
    verbs = member.add_subparsers(dest="verb", metavar="add|list", required=True)
    add = verbs.add_parser("add", help="add a person")
    add.add_argument("--email", required=True)
    add.add_argument("--role", required=True, choices=[str(role) for role in Role])
    add.add_argument("--password", required=True)
    add.add_argument("--name", default="", help="shown to colleagues and customers")
    add.set_defaults(run=run_add)
    listing = verbs.add_parser("list", help="list the staff")
    add_json(listing)
    listing.set_defaults(run=run_list)


async def run_add(chosen: argparse.Namespace, settings: Settings) -> int:
    """Add the person."""
    async with open_site(settings) as site:
        new = NewMember(
            workspace_id=await only_workspace(site),
            email=chosen.email,
            role=chosen.role,
            password=chosen.password,
            name=chosen.name,
        )
        await add_member(site.database, new, site.clock.now())
        print(f"Added {chosen.email} as {chosen.role}. They sign in at {settings.base_url}/console")
    return 0


async def run_list(chosen: argparse.Namespace, settings: Settings) -> int:
    """List the staff."""
    async with open_site(settings) as site:
        rows = await site.database.screens.fetch(
            "SELECT email, name, role, active FROM member ORDER BY email"
        )
    show(
        [dict(row) for row in rows],
        as_json=chosen.json,
        empty="Nobody yet: tessera member add --help",
    )
    return 0
