"""API tokens: made with a secret shown once, listed with their last use, revoked at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.claims import as_date, midnight_of
from agent_console.forms import as_id, path_id
from agent_console.integrations import words
from agent_console.render import page
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import Invalid, NotFound
from runtime.forms import posted
from runtime.i18n import mark
from team.tokens import WRONG_END, NewToken, Scope, issue, revoke, tokens
from team.workspaces import store_rows

PATH = "/console/settings/tokens"
NO_SCOPE = mark("Choose at least one thing the token may do")
NAME_TAKEN = mark("There is a token of this name already; choose another")
NO_STORE = mark("There is no such store")


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """What the form carries."""

    name: str = ""
    scopes: Sequence[str] = ()
    store: str = ""
    until: str = ""


async def show(request: web.Request) -> web.StreamResponse:
    """List the tokens."""
    return await _page(request)


async def make(request: web.Request) -> web.StreamResponse:
    """Make a token and show its secret, this once."""
    form = await posted(request)
    entered = Entered(
        name=str(form.get("name", "")).replace("\x00", "")[:200],
        scopes=[str(scope) for scope in form.getall("scope", [])],
        store=str(form.get("store", ""))[:40],
        until=str(form.get("until", ""))[:10],
    )
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    try:
        new = NewToken(
            workspace_id=viewer.workspace_id,
            name=entered.name,
            scopes=entered.scopes,
            store_id=_store(entered.store),
            expires_at=_end(entered.until, viewer.zone),
        )
        async with request.config_dict[DATABASE].transaction() as tx:
            secret = await issue(tx, new, now, by=viewer.id)
    except Invalid as error:
        return await _page(request, problem=_told(error), entered=entered)
    except NotFound:
        return await _page(request, problem=NO_STORE, entered=entered)
    request.config_dict[LIVE].committed()
    return await _page(request, secret=secret)


async def end(request: web.Request) -> web.StreamResponse:
    """Revoke a token at once."""
    viewer, key = request[VIEWER], path_id(request, "token")
    now = request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        await revoke(tx, viewer.workspace_id, str(key), now, by=viewer.id)
    raise web.HTTPSeeOther(PATH)


def _store(text: str) -> UUID | None:
    found = as_id(text)
    if text and found is None:
        raise NotFound(NO_STORE)
    return found


def _end(text: str, zone: str) -> datetime | None:
    """Return the end of the day in the workspace's zone."""
    day = as_date(text)
    if text and day is None:
        raise Invalid("expires", WRONG_END)
    return midnight_of(day + timedelta(days=1), ZoneInfo(zone)) if day else None


def _told(error: Invalid) -> str:
    if error.field == "scopes":
        return NO_SCOPE
    return NAME_TAKEN if error.field == "name" and "already" in str(error) else str(error)


async def _page(
    request: web.Request, *, problem: str = "", entered: Entered | None = None, secret: str = ""
) -> web.StreamResponse:
    pool, workspace = request.config_dict[DATABASE].screens, request[VIEWER].workspace_id
    now = request.config_dict[CLOCK].now()
    rows = await tokens(pool, workspace)
    live = [row for row in rows if not row["revoked_at"] and not _over(row["expires_at"], now)]
    return page(
        request,
        "integrations/tokens.html",
        status=422 if problem else 200,
        live=live,
        over=[row for row in rows if row not in live],
        stores=await store_rows(pool, workspace),
        scopes=tuple(Scope),
        said=words,
        problem=problem,
        entered=entered or Entered(),
        secret=secret,
    )


def _over(expires_at: object, now: datetime) -> bool:
    return isinstance(expires_at, datetime) and expires_at <= now
