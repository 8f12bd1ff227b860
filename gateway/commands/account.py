"""`tessera account add|change|pause|resume|remove|list`: the shop's accounts on the platforms."""

from __future__ import annotations

import argparse

import aiohttp

from channels import registry
from config.settings import Settings
from conversations.accounts import find_named
from conversations.actions.add_account import NewAccount, add_account
from conversations.actions.change_account import Changes, change_account
from conversations.actions.pause_account import pause_account, resume_account
from conversations.actions.remove_account import Removal, remove_account
from conversations.channel import Account, Channel
from gateway.commands._shared import add_json, only_workspace, show
from gateway.site import Site, open_site
from runtime.errors import Invalid


def register(choices: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    account = choices.add_parser(
        "account", help="channel accounts: add, change, pause, resume, remove, list"
    )
    verbs = account.add_subparsers(
        dest="verb", metavar="add|change|pause|resume|remove|list", required=True
    )
    add = verbs.add_parser("add", help="connect an account")
    add.add_argument("--channel", required=True, choices=registry.names())
    add.add_argument("--name", required=True, help="its name in the webhook address")
    _add_facts(add, required=True)
    add.set_defaults(run=run_add)
    change = verbs.add_parser("change", help="give an account new credentials; it may send again")
    change.add_argument("account", metavar="CHANNEL/NAME", help="for instance line/shop")
    _add_facts(change, required=False)
    change.set_defaults(run=run_change)
    _add_states(verbs)
    listing = verbs.add_parser("list", help="list the accounts")
    add_json(listing)
    listing.set_defaults(run=run_list)


def _add_states(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    helps = {
        "pause": "let an account send nothing; what customers write is stored",
        "resume": "let a paused account send again",
        "remove": "take an account out of use: its conversations stay, its credentials go",
    }
    for verb, words in helps.items():
        parser = verbs.add_parser(verb, help=words)
        parser.add_argument("account", metavar="CHANNEL/NAME", help="for instance line/shop")
        if verb == "remove":
            parser.add_argument("--yes", action="store_true", help="really remove it")
        parser.set_defaults(run=run_state)


def _add_facts(parser: argparse.ArgumentParser, *, required: bool) -> None:
    default = "" if required else None
    facts = {
        "--secret": "LINE channel secret, Meta app secret, Twilio auth token",
        "--token": "LINE access token, Meta page token, Twilio API or auth token",
        "--account-id": "LINE bot user id, Page id, Instagram id, Twilio Account SID",
        "--verify-token": "the word Meta repeats in its handshake",
        "--address": "LINE basic id, user name, or WhatsApp number",
        "--api-base": "another scheme and host for the platform's API",
    }
    for name, words in facts.items():
        needed = required and name in {"--secret", "--token"}
        parser.add_argument(name, required=needed, default=default, help=words)
    parser.add_argument(
        "--shared-key", action="append", default=[], metavar="ID=SECRET", help="Twilio shared key"
    )


def _shared_keys(chosen: argparse.Namespace) -> dict[str, str]:
    shared = dict(pair.split("=", 1) for pair in chosen.shared_key if "=" in pair)
    if len(shared) != len(chosen.shared_key):
        raise Invalid("shared-key", "--shared-key is written ID=SECRET")
    return shared


async def run_add(chosen: argparse.Namespace, settings: Settings) -> int:
    """Add the account, ask the platform about it, and say what to do next."""
    shared = _shared_keys(chosen)
    async with open_site(settings) as site:
        new = NewAccount(
            workspace_id=await only_workspace(site),
            channel=chosen.channel,
            name=chosen.name,
            secret=chosen.secret,
            token=chosen.token,
            external_id=chosen.account_id,
            verify_token=chosen.verify_token,
            shared_keys=shared,
            address=chosen.address,
            api_base=chosen.api_base,
        )
        account = await add_account(site.database, site.keyring, new, site.clock.now())
        print(f"Added {account.channel}/{account.name}.")
        await _introduce(site, registry.load()[chosen.channel], account)
    return 0


async def run_change(chosen: argparse.Namespace, settings: Settings) -> int:
    """Change the account, ask the platform about it, and say what to do next."""
    channel, _, name = chosen.account.partition("/")
    changes = Changes(
        secret=chosen.secret,
        token=chosen.token,
        external_id=chosen.account_id,
        verify_token=chosen.verify_token,
        shared_keys=_shared_keys(chosen) or None,
        address=chosen.address,
        api_base=chosen.api_base,
    )
    async with open_site(settings) as site:
        account = await change_account(
            site.database, site.keyring, channel, name, changes, site.clock
        )
        print(f"Changed {account.channel}/{account.name}; a running server knows it at once.")
        await _introduce(site, registry.load()[account.channel], account)
    return 0


async def run_state(chosen: argparse.Namespace, settings: Settings) -> int:
    """Pause, resume or remove an account; a running server knows it within a second."""
    channel, _, name = chosen.account.partition("/")
    if chosen.verb == "remove" and not chosen.yes:
        raise Invalid("yes", "Removing cannot be undone: add --yes")
    async with open_site(settings) as site:
        found = await find_named(site.database.screens, channel, name)
        now = site.clock.now()
        async with site.database.transaction() as tx:
            if chosen.verb == "pause":
                await pause_account(tx, *found, now)
            elif chosen.verb == "resume":
                await resume_account(tx, *found, now)
            else:
                removal = Removal(workspace_id=found[0], account_id=found[1], typed_name=name)
                await remove_account(tx, site.keyring, removal, now)
    print(f"{chosen.verb.capitalize()}d {chosen.account}; a running server knows it at once.")
    return 0


async def _introduce(site: Site, channel: Channel, account: Account) -> None:
    url = f"{site.settings.base_url}/webhooks/{account.channel}/{account.name}"
    print(f"Webhook address: {channel.webhook_address(url)}")
    if channel.abilities.redelivers == "opt_in":
        print(
            "Lost webhooks come back only after you switch on webhook redelivery on the platform."
        )
    elif channel.abilities.redelivers == "by_address":
        print("Keep the part behind # of the address: it makes the platform repeat lost webhooks.")
    async with aiohttp.ClientSession() as http:
        check = await channel.client(account, http, site.settings.graph_version).check()
    for line in check.advice:
        print(f"· {line}")
    if not check.ok:
        print("· The platform could not confirm these credentials; the account was kept.")
    await site.database.screens.execute(
        "UPDATE channel_account SET external_id = coalesce(nullif(external_id, ''), $2, ''),"
        " address = coalesce(nullif(address, ''), $3, ''), checked_at = $4 WHERE id = $1",
        account.id,
        check.external_id,
        check.address,
        site.clock.now(),
    )


async def run_list(chosen: argparse.Namespace, settings: Settings) -> int:
    """List the accounts without their secrets."""
    async with open_site(settings) as site:
        rows = await site.database.screens.fetch(
            "SELECT channel, name, external_id, address, CASE WHEN paused_at IS NULL THEN state"
            " ELSE 'paused' END AS state, state_reason FROM channel_account"
            " WHERE removed_at IS NULL ORDER BY channel, name"
        )
    show(
        [dict(row) for row in rows],
        as_json=chosen.json,
        empty="No account yet: tessera account add --help",
    )
    return 0
