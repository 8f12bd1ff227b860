"""Shared keys of an account whose platform may sign with them: added and removed, never shown again."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.accounts.one import Told, shown
from agent_console.accounts.words import SHARES_KEYS
from agent_console.forms import fields, path_id
from conversations.actions.shared_keys import Which, add_shared_key, remove_shared_key
from conversations.queries import account_row
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE
from runtime.errors import Invalid, NotFound

AT = "shared"


async def add(request: web.Request) -> web.StreamResponse:
    """Keep a key's secret under its id."""
    entered = await fields(request)
    which = await _which(request, entered.get("key_id", "").strip())
    secret, now = entered.get("key_secret", "").strip(), request.config_dict[CLOCK].now()
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            await add_shared_key(tx, request.config_dict[KEYRING], which, secret, now)
    except Invalid as error:
        return await shown(request, which.account_id, Told(AT, str(error)), status=422)
    return _back(request, which)


async def remove(request: web.Request) -> web.StreamResponse:
    """Forget a key."""
    which = await _which(request, (await fields(request)).get("key_id", ""))
    async with request.config_dict[DATABASE].transaction() as tx:
        await remove_shared_key(
            tx, request.config_dict[KEYRING], which, request.config_dict[CLOCK].now()
        )
    return _back(request, which)


async def _which(request: web.Request, key_id: str) -> Which:
    viewer, account = request[VIEWER], path_id(request, "account")
    row = await account_row(request.config_dict[DATABASE], viewer.workspace_id, account)
    if row.channel not in SHARES_KEYS:
        raise NotFound("This channel has no shared keys")
    return Which(workspace_id=viewer.workspace_id, account_id=account, key_id=key_id, by=viewer.id)


def _back(request: web.Request, which: Which) -> web.Response:
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"/console/accounts/{which.account_id}")
