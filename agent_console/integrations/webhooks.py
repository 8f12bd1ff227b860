"""Webhooks out: the addresses of the workspace, one of them, and the log of what it was told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import as_id, path_id
from agent_console.integrations import words
from agent_console.paged import address
from agent_console.render import page
from agent_console.workspace.acting import LONGEST, NONE, Problem, attempt
from runtime.appkeys import CLOCK, DATABASE, KEYRING, LIVE, SETTINGS
from runtime.database import Connection
from runtime.forms import posted
from team.webhooks.kinds import CHOICES
from team.webhooks.log import hook, hooks, log_page, send_again, troubled
from team.webhooks.manage import Added, Wanted, Which, add, change, pause, remove, resume, rotate
from team.webhooks.testing import send_test

Act: TypeAlias = Callable[[Connection, Which, datetime], Awaitable[None]]
PATH = "/console/settings/webhooks"
NOTHING = Added(UUID(int=0), "")
STATES = {"waiting": 0, "delivered": 1, "given_up": 2}


class Shown(msgspec.Struct, frozen=True):
    """A secret, shown this once."""

    secret: str
    fresh: bool


async def show(request: web.Request) -> web.StreamResponse:
    """List the addresses."""
    return await _list(request, NONE, ())


async def count(request: web.Request) -> web.StreamResponse:
    """Return how many addresses fail or were paused for it, for the mark in the rail."""
    found = await troubled(request.config_dict[DATABASE].screens, request[VIEWER].workspace_id)
    return page(request, "integrations/_count.html", trouble=found, oob=True)


async def add_one(request: web.Request) -> web.StreamResponse:
    """Add an address and show its secret, this once."""
    typed, kinds = await _entered(request)
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    keyring = request.config_dict[KEYRING]

    made = NOTHING

    async def act(tx: Connection) -> None:
        nonlocal made
        wanted = _wanted(request, typed, kinds)
        made = await add(tx, keyring, viewer.workspace_id, wanted, now, by=viewer.id)

    problem = await attempt(request, act, "new", typed)
    if problem is not None:
        return await _list(request, problem, kinds)
    return await _one(request, made.id, secret=Shown(made.secret, fresh=True))


async def show_one(request: web.Request) -> web.StreamResponse:
    """Show one address with its log."""
    return await _one(request, path_id(request, "webhook"))


async def refresh_log(request: web.Request) -> web.StreamResponse:
    """Return state and log alone."""
    key = path_id(request, "webhook")
    return page(request, "integrations/_live.html", **await _found(request, key), oob=True)


async def change_one(request: web.Request) -> web.StreamResponse:
    """Change name, address or kinds."""
    typed, kinds = await _entered(request)
    which, now = _which(request), request.config_dict[CLOCK].now()

    async def act(tx: Connection) -> None:
        await change(tx, which, _wanted(request, typed, kinds), now)

    problem = await attempt(request, act, "change", typed)
    if problem is not None:
        return await _one(request, which.id, problem=problem, ticked=kinds)
    raise web.HTTPSeeOther(f"{PATH}/{which.id}")


async def renew_secret(request: web.Request) -> web.StreamResponse:
    """Give the address a new secret and show it, this once."""
    which, now = _which(request), request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        secret = await rotate(tx, request.config_dict[KEYRING], which, now)
    request.config_dict[LIVE].committed()
    return await _one(request, which.id, secret=Shown(secret, fresh=False))


async def test_one(request: web.Request) -> web.StreamResponse:
    """Send a test event."""
    return await _do(request, send_test)


async def pause_one(request: web.Request) -> web.StreamResponse:
    """Tell the address nothing more."""
    return await _do(request, pause)


async def resume_one(request: web.Request) -> web.StreamResponse:
    """Tell it again."""
    return await _do(request, resume)


async def remove_one(request: web.Request) -> web.StreamResponse:
    """Forget it."""
    await _do(request, remove, back=False)
    raise web.HTTPSeeOther(PATH)


async def again(request: web.Request) -> web.StreamResponse:
    """Send one event of the log again."""
    event = path_id(request, "event")

    async def act(tx: Connection, which: Which, now: datetime) -> None:
        await send_again(tx, which, event, now)

    return await _do(request, act)


async def _do(request: web.Request, act: Act, *, back: bool = True) -> web.Response:
    which, now = _which(request), request.config_dict[CLOCK].now()
    async with request.config_dict[DATABASE].transaction() as tx:
        await act(tx, which, now)
    request.config_dict[LIVE].committed()
    if back:
        raise web.HTTPSeeOther(f"{PATH}/{which.id}")
    return web.Response()


def _which(request: web.Request) -> Which:
    viewer = request[VIEWER]
    return Which(viewer.workspace_id, path_id(request, "webhook"), viewer.id)


async def _entered(request: web.Request) -> tuple[dict[str, str], Sequence[str]]:
    form = await posted(request)
    plain = {k: v.replace("\x00", "")[:LONGEST] for k, v in form.items() if isinstance(v, str)}
    return plain, [str(kind) for kind in form.getall("kind", [])]


def _wanted(request: web.Request, typed: Mapping[str, str], kinds: Sequence[str]) -> Wanted:
    return Wanted(
        name=typed.get("name", ""),
        url=typed.get("url", ""),
        kinds=kinds,
        exempt=request.config_dict[SETTINGS].webhook_origins,
    )


async def _list(
    request: web.Request, problem: Problem, ticked: Sequence[str]
) -> web.StreamResponse:
    rows = await hooks(request.config_dict[DATABASE].screens, request[VIEWER].workspace_id)
    return page(
        request,
        "integrations/webhooks.html",
        status=422 if problem.at else 200,
        rows=rows,
        choices=CHOICES,
        said=words,
        problem=problem,
        ticked=ticked,
    )


async def _found(request: web.Request, key: UUID) -> dict[str, Any]:
    workspace, pool = request[VIEWER].workspace_id, request.config_dict[DATABASE].screens
    chosen = request.query.get("state", "")
    after = as_id(request.query.get("after", ""))
    found = await hook(pool, workspace, key)
    log = await log_page(pool, (workspace, key), state=STATES.get(chosen), after=after)
    here, kept = f"{PATH}/{key}", {"state": chosen if chosen in STATES else ""}
    return {
        "hook": found,
        "log": log.rows,
        "chosen": kept["state"],
        "states": tuple(STATES),
        "here": address(f"{here}/log", kept, after=str(after or "")),
        "newest": address(here, kept) if after else "",
        "older": address(here, kept, after=str(log.rows[-1].id)) if log.older else "",
        "said": words,
    }


async def _one(
    request: web.Request,
    key: UUID,
    *,
    secret: Shown | None = None,
    problem: Problem = NONE,
    ticked: Sequence[str] | None = None,
) -> web.StreamResponse:
    found = await _found(request, key)
    return page(
        request,
        "integrations/webhook.html",
        status=422 if problem.at else 200,
        **found,
        choices=CHOICES,
        problem=problem,
        ticked=found["hook"].kinds if ticked is None else ticked,
        secret=secret,
    )
