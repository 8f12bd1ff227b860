"""A way back for an account whose credentials were refused: new ones are tried before they are kept."""

from __future__ import annotations

import asyncio

import msgspec
import structlog
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.accounts import Told, listing
from agent_console.forms import fields, path_id
from conversations.accounts import find_account
from conversations.actions.change_account import Changes, change_account
from conversations.appkeys import CHANNELS
from conversations.channel import Account, Check
from runtime.appkeys import CLOCK, DATABASE, HTTP, KEYRING, LIVE, SETTINGS
from runtime.i18n import mark

LONGEST = 2000
CHECK_S = 15.0
NOT_CONFIRMED = mark("The platform did not confirm these credentials. Nothing was changed.")
OTHER_ACCOUNT = mark("These credentials belong to another account. Nothing was changed.")
TOO_LONG = mark("That is too long for a secret or a token. Nothing was changed.")
log = structlog.get_logger("console")


async def reconnect(request: web.Request) -> web.StreamResponse:
    """Ask the platform with the new credentials (an empty field keeps what is stored) and keep them only
    when it accepts them; the account may then send again.
    """
    viewer, key = request[VIEWER], path_id(request, "account")
    database, keyring = request.config_dict[DATABASE], request.config_dict[KEYRING]
    stored = await find_account(database.screens, keyring, viewer.workspace_id, key)
    entered = await fields(request)
    secret, token = (entered.get(name, "").strip() or None for name in ("secret", "token"))
    if max(len(secret or ""), len(token or "")) > LONGEST:
        return await listing(request, Told(key, TOO_LONG), status=422)
    tried = msgspec.structs.replace(
        stored, secret=secret or stored.secret, token=token or stored.token
    )
    check = await _check(request, tried)
    if not check.ok:
        return await listing(request, Told(key, NOT_CONFIRMED, check.advice), status=422)
    if stored.external_id and check.external_id not in {None, stored.external_id}:
        return await listing(request, Told(key, OTHER_ACCOUNT), status=422)
    changes = Changes(
        secret=secret,
        token=token,
        external_id=None if stored.external_id else check.external_id,
        address=None if stored.address else check.address,
        by=viewer.id,
    )
    clock = request.config_dict[CLOCK]
    await change_account(database, keyring, stored.channel, stored.name, changes, clock)
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"/console/accounts?connected={key}")


async def _check(request: web.Request, account: Account) -> Check:
    channel = request.config_dict[CHANNELS][account.channel]
    version = request.config_dict[SETTINGS].graph_version
    try:
        async with asyncio.timeout(CHECK_S):
            return await channel.client(account, request.config_dict[HTTP], version).check()
    except TimeoutError:
        return Check(ok=False, advice=("The platform did not answer in time; try again.",))
    except Exception:
        log.exception("account check crashed", account=repr(account))
        return Check(ok=False)
