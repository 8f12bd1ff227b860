"""The fields that customers have beside name, phone and e-mail."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import path_id
from agent_console.render import page
from agent_console.workspace.acting import NONE, Problem, attempt, entered
from agent_console.workspace.words import TYPES
from conversations.actions.attributes import (
    NewAttribute,
    add_attribute,
    move_attribute,
    remove_attribute,
    rename_attribute,
)
from conversations.attributes import attributes
from runtime.appkeys import CLOCK, DATABASE
from runtime.database import Connection

PATH = "/console/settings/fields"
STEPS = {"up": -1, "down": 1}


async def show(request: web.Request) -> web.StreamResponse:
    """List the fields."""
    return await _page(request)


async def add(request: web.Request) -> web.StreamResponse:
    """Define one."""
    typed, viewer, now = await entered(request), request[VIEWER], request.config_dict[CLOCK].now()
    new = NewAttribute(
        workspace_id=viewer.workspace_id,
        label=typed.get("label", ""),
        type=typed.get("type", ""),
        by=viewer.id,
    )

    async def act(tx: Connection) -> None:
        await add_attribute(tx, new, now)

    return await _page(request, await attempt(request, act, "new", typed))


async def change(request: web.Request) -> web.StreamResponse:
    """Rename, move or remove one, as the button says."""
    typed, viewer, now = await entered(request), request[VIEWER], request.config_dict[CLOCK].now()
    key, house, do = path_id(request, "field"), viewer.workspace_id, typed.get("do", "")

    async def act(tx: Connection) -> None:
        if do in STEPS:
            await move_attribute(tx, house, key, STEPS[do], now, by=viewer.id)
        elif do == "remove":
            await remove_attribute(tx, house, key, now, by=viewer.id)
        else:
            label = typed.get("label", "")
            await rename_attribute(tx, house, key, label, now, by=viewer.id)

    return await _page(request, await attempt(request, act, str(key), typed))


async def _page(request: web.Request, problem: Problem | None = None) -> web.StreamResponse:
    if problem is None and request.method == "POST":
        raise web.HTTPSeeOther(PATH)
    rows = await attributes(request.config_dict[DATABASE].screens, request[VIEWER].workspace_id)
    return page(
        request,
        "workspace/fields.html",
        status=422 if problem else 200,
        rows=rows,
        types=TYPES,
        problem=problem or NONE,
    )
