"""What an admin does with an account: test it, pause it, resume it, remove it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.accounts.check import ask_platform
from agent_console.accounts.one import Told, shown
from agent_console.forms import fields, path_id
from conversations.accounts import find_account
from conversations.actions.account_state import note_check
from conversations.actions.pause_account import pause_account, resume_account
from conversations.actions.remove_account import Removal, remove_account
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE
from runtime.errors import Invalid
from runtime.i18n import mark

CONFIRMED = mark("The platform confirmed the credentials just now.")
NOT_CONFIRMED = mark("The platform did not confirm the credentials.")


async def test(request: web.Request) -> web.StreamResponse:
    """Ask the platform with what is stored; only refused credentials turn the account red."""
    key, database = path_id(request, "account"), request.config_dict[DATABASE]
    workspace, keyring = request[VIEWER].workspace_id, request.config_dict[KEYRING]
    account = await find_account(database.screens, keyring, workspace, key)
    check = await ask_platform(request, account)
    async with database.transaction() as tx:
        await note_check(tx, key, check, request.config_dict[CLOCK].now())
    request.config_dict[LIVE].committed()
    sentence = CONFIRMED if check.ok else NOT_CONFIRMED
    told = Told("test", sentence, check.advice, good=check.ok)
    return await shown(request, key, told)


async def pause(request: web.Request) -> web.StreamResponse:
    """Let the account send nothing."""
    who, now = _who(request)
    async with request.config_dict[DATABASE].transaction() as tx:
        await pause_account(tx, *who, now, by=request[VIEWER].id)
    return _back(request, who[1])


async def resume(request: web.Request) -> web.StreamResponse:
    """Let the account send again."""
    who, now = _who(request)
    async with request.config_dict[DATABASE].transaction() as tx:
        await resume_account(tx, *who, now, by=request[VIEWER].id)
    return _back(request, who[1])


async def remove(request: web.Request) -> web.StreamResponse:
    """Take the account out of use once its name was typed."""
    (workspace, key), now = _who(request)
    typed = (await fields(request)).get("name", "")
    removal = Removal(
        workspace_id=workspace, account_id=key, typed_name=typed, by=request[VIEWER].id
    )
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            await remove_account(tx, request.config_dict[KEYRING], removal, now)
    except Invalid as error:
        return await shown(request, key, Told("remove", str(error)), status=422)
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther("/console/accounts")


def _who(request: web.Request) -> tuple[tuple[UUID, UUID], datetime]:
    key = (request[VIEWER].workspace_id, path_id(request, "account"))
    return key, request.config_dict[CLOCK].now()


def _back(request: web.Request, account_id: UUID) -> web.Response:
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(f"/console/accounts/{account_id}")
