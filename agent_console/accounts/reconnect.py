"""New credentials for an account: they are tried at the platform before they are kept."""

from __future__ import annotations

import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.accounts.check import LONGEST, ask_platform
from agent_console.accounts.one import Told, shown
from agent_console.forms import fields, path_id
from conversations.accounts import find_account
from conversations.actions.change_account import Changes, change_account
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE
from runtime.i18n import mark

AT = "credentials"
NOT_CONFIRMED = mark("The platform did not confirm these credentials. Nothing was changed.")
OTHER_ACCOUNT = mark("These credentials belong to another account. Nothing was changed.")
TOO_LONG = mark("That is too long for a secret or a token. Nothing was changed.")


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
        return await shown(request, key, Told(AT, TOO_LONG), status=422)
    tried = msgspec.structs.replace(
        stored, secret=secret or stored.secret, token=token or stored.token
    )
    check = await ask_platform(request, tried)
    if not check.ok:
        return await shown(request, key, Told(AT, NOT_CONFIRMED, check.advice), status=422)
    if stored.external_id and check.external_id not in {None, stored.external_id}:
        return await shown(request, key, Told(AT, OTHER_ACCOUNT), status=422)
    changes = Changes(
        secret=secret,
        token=token,
        external_id=None if stored.external_id else check.external_id,
        address=None if stored.address else check.address,
        by=viewer.id,
        keep_old="leaked" not in entered,
    )
    clock = request.config_dict[CLOCK]
    await change_account(database, keyring, stored.channel, stored.name, changes, clock)
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"/console/accounts/{key}?connected")
