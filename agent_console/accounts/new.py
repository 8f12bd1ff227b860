"""A new channel account: what the platform gave is tried there first, then kept."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.accounts.check import LONGEST, ask_platform
from agent_console.accounts.listing import guide
from agent_console.accounts.one import Told
from agent_console.accounts.words import ASKED, SECRET
from agent_console.forms import fields
from agent_console.render import language_of, page
from conversations.actions.add_account import NAME, NewAccount, add_account
from conversations.appkeys import CHANNELS
from conversations.channel import Account, Channel, Check
from conversations.queries import account_list
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE, SETTINGS
from runtime.errors import Invalid, NotFound
from runtime.i18n import mark
from runtime.ids import uuid7
from runtime.words import Words

# Where the simulator stands in for each platform, below our own address.
SIMULATED: Mapping[str, str] = {
    "line": "line",
    "messenger": "meta",
    "instagram": "meta",
    "whatsapp": "twilio",
}
BAD_NAME = mark(
    "A name has letters, digits, - and _ (60 at most): it stands in the webhook address."
)
NEEDED = mark("Fill in every field that is not marked as optional.")
TOO_LONG = mark("That is too long: 2,000 characters at most.")
TAKEN = mark("There is already an account of this name on this channel: choose another name.")
TWICE = mark("This account is connected already, under this name:")
REFUSED = mark("The platform did not confirm these credentials. Nothing was added.")


async def show(request: web.Request) -> web.StreamResponse:
    """Show the form and the channel's guide beside it."""
    channel = _channel(request)
    start = {"name": "shop", "verify_token": secrets.token_urlsafe(12)}
    return _form(request, channel, start)


async def add(request: web.Request) -> web.StreamResponse:
    """Try the credentials at the platform; keep the account when it confirms them."""
    channel = _channel(request)
    entered = await _entered(request, channel)
    told = _problem(channel, entered)
    if told is not None:
        return _form(request, channel, entered, told)
    account = _account(request, channel, entered)
    check = await ask_platform(request, account)
    told = await _verdict(request, account, check)
    if told is not None:
        return _form(request, channel, entered, told)
    try:
        key = await _keep(request, account, check)
    except Invalid:
        return _form(request, channel, entered, Told("name", TAKEN))
    raise web.HTTPSeeOther(f"/console/accounts/{key}")


def _channel(request: web.Request) -> Channel:
    found = request.config_dict[CHANNELS].get(request.match_info["channel"])
    if found is None or found.name not in ASKED:
        raise NotFound("There is no such channel")
    return found


async def _entered(request: web.Request, channel: Channel) -> dict[str, str]:
    typed = await fields(request)
    names = ["name", *(field.name for field in ASKED[channel.name]), "simulated"]
    return {name: typed.get(name, "").replace("\x00", "").strip() for name in names}


def _problem(channel: Channel, entered: Mapping[str, str]) -> Told | None:
    if not NAME.fullmatch(entered["name"]):
        return Told("name", BAD_NAME)
    for field in ASKED[channel.name]:
        if not entered[field.name] and not field.optional:
            return Told(field.name, NEEDED)
        most = LONGEST if field.name in SECRET else 120
        if len(entered[field.name]) > most or re.search(r"[\r\n]", entered[field.name]):
            return Told(field.name, TOO_LONG)
    return None


def _account(request: web.Request, channel: Channel, entered: Mapping[str, str]) -> Account:
    settings = request.config_dict[SETTINGS]
    simulated = settings.simulator and entered["simulated"] == "yes"
    base = f"{settings.base_url}/simulator/{SIMULATED[channel.name]}" if simulated else ""
    return Account(
        id=uuid7(),
        workspace_id=request[VIEWER].workspace_id,
        channel=channel.name,
        name=entered["name"],
        secret=entered["secret"],
        token=entered["token"],
        external_id=entered.get("external_id", ""),
        verify_token=entered.get("verify_token", ""),
        address=entered.get("address", "").removeprefix("whatsapp:"),
        api_base=base,
    )


async def _verdict(request: web.Request, account: Account, check: Check) -> Told | None:
    if not check.ok:
        return Told("token", REFUSED, check.advice)
    found = check.external_id or account.external_id
    for row in await account_list(request.config_dict[DATABASE], account.workspace_id):
        if found and (row.channel, row.external_id) == (account.channel, found):
            return Told("name", TWICE, (Words("%(name)s", name=row.name),))
    return None


async def _keep(request: web.Request, account: Account, check: Check) -> UUID:
    facts = {name: getattr(account, name) for name in NewAccount.__struct_fields__}
    new = msgspec.structs.replace(
        NewAccount(**facts),
        external_id=account.external_id or check.external_id or "",
        address=account.address or check.address or "",
    )
    database, keyring = request.config_dict[DATABASE], request.config_dict[KEYRING]
    now = request.config_dict[CLOCK].now()
    made = await add_account(database, keyring, new, now, by=request[VIEWER].id)
    request.config_dict[LIVE].committed()
    return made.id


def _form(
    request: web.Request, channel: Channel, entered: Mapping[str, str], told: Told | None = None
) -> web.Response:
    """Return the form; what was typed stays, but for secrets."""
    return page(
        request,
        "accounts/new.html",
        status=422 if told else 200,
        channel=channel.name,
        label=channel.abilities.label,
        asked=ASKED[channel.name],
        secret=SECRET,
        entered={name: value for name, value in entered.items() if name not in SECRET},
        told=told,
        guide=guide(channel, language_of(request)),
        simulator=request.config_dict[SETTINGS].simulator,
    )
