"""`tessera member`: give people a login, and let them in and out, without the console."""

from __future__ import annotations

import argparse
from typing import Any

from config.settings import Settings
from conversations.actions.leave import deactivate_member
from gateway.commands._shared import add_json, only_workspace, show
from gateway.site import Site, open_site
from runtime.errors import NotFound
from team.actions.add_member import NewMember, add_member
from team.actions.change_member import reactivate
from team.actions.invite import NewInvitation, invite
from team.actions.password_link import make_password_link
from team.actions.second_step import turn_off
from team.actions.sign_in import normalise_email
from team.roles import Role

VERBS = "add|invite|list|deactivate|reactivate|reset-password|reset-two-steps"
LIST = """
SELECT m.email, m.name, m.role, m.active,
  EXISTS (SELECT 1 FROM second_step t WHERE t.member_id = m.id AND t.confirmed_at IS NOT NULL) AS two_steps,
  (SELECT max(s.seen_at) FROM session s WHERE s.member_id = m.id) AS last_seen
FROM member m ORDER BY m.email
"""
FIND = "SELECT id, workspace_id, email FROM member WHERE email = $1"
# What is done to one member: the words of the command and of its help.
CHANGES = {
    "deactivate": "shut a person out; their open conversations go back to everybody",
    "reactivate": "let a person in again",
    "reset-password": "print a link, good once within a day, by which they choose a new password",
    "reset-two-steps": "turn their second step off: for somebody who lost both phone and recovery codes",
}


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    member = choices.add_parser("member", help=f"people on the staff: {VERBS}")
    verbs = member.add_subparsers(dest="verb", metavar=VERBS, required=True)
    add = verbs.add_parser("add", help="add a person")
    _who(add)
    add.add_argument("--password", required=True)
    add.add_argument("--name", default="", help="shown to colleagues and customers")
    add.set_defaults(run=run_add)
    ask = verbs.add_parser(
        "invite", help="print a link, good once within a week, by which they join"
    )
    _who(ask)
    ask.set_defaults(run=run_invite)
    listing = verbs.add_parser("list", help="list the staff")
    add_json(listing)
    listing.set_defaults(run=run_list)
    for verb, words in CHANGES.items():
        change = verbs.add_parser(verb, help=words)
        change.add_argument("email", metavar="EMAIL")
        change.set_defaults(run=run_change)


def _who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--email", required=True)
    parser.add_argument("--role", required=True, choices=[str(role) for role in Role])


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


async def run_invite(chosen: argparse.Namespace, settings: Settings) -> int:
    """Make an invitation; only its link goes to standard output."""
    async with open_site(settings) as site:
        workspace = await only_workspace(site)
        new = NewInvitation(workspace_id=workspace, email=chosen.email, role=chosen.role)
        async with site.database.transaction() as tx:
            link = await invite(tx, new, site.clock.now())
        print(f"{settings.base_url}/console/invitation/{link.token}")
    return 0


async def run_list(chosen: argparse.Namespace, settings: Settings) -> int:
    """List the staff."""
    async with open_site(settings) as site:
        rows = await site.database.screens.fetch(LIST)
    show(
        [dict(row) for row in rows],
        as_json=chosen.json,
        empty="Nobody yet: tessera member add --help",
    )
    return 0


async def run_change(chosen: argparse.Namespace, settings: Settings) -> int:
    """Do to one member what the verb says."""
    async with open_site(settings) as site:
        row = await site.database.screens.fetchrow(FIND, normalise_email(chosen.email))
        if row is None:
            raise NotFound(f"There is no member {chosen.email[:80]!r}")
        print(await _change(site, chosen.verb, row, settings.base_url))
    return 0


async def _change(site: Site, verb: str, row: Any, base_url: str) -> str:  # noqa: ANN401 (a database record)
    whose, now = (row["workspace_id"], row["id"]), site.clock.now()
    async with site.database.transaction() as tx:
        match verb:
            case "deactivate":
                given = await deactivate_member(tx, *whose, now)
                return f"Deactivated {row['email']}; {given} conversations went back to everybody"
            case "reactivate":
                await reactivate(tx, *whose, now)
                return f"Reactivated {row['email']}"
            case "reset-two-steps":
                await turn_off(tx, *whose, now)
                return f"{row['email']} signs in by password alone until they set it up again"
            case _:
                link = await make_password_link(tx, *whose, now)
                return f"{base_url}/console/password/{link.token}"
