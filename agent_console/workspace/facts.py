"""The workspace itself: name, picture, time zone, language, and the features it has."""

from __future__ import annotations

import asyncio
from functools import cache
from zoneinfo import available_timezones

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.render import page
from agent_console.uploads import first_part
from agent_console.workspace.acting import NONE, Problem, attempt, entered
from agent_console.workspace.words import FEATURES
from coupons.pages.pictures import keep_picture
from coupons.prepare_picture import prepare_picture
from runtime.appkeys import CLOCK, DATABASE, SETTINGS
from runtime.database import Connection
from runtime.errors import Invalid
from runtime.pictures import in_turn
from team.actions.change_workspace import Facts, change_workspace, set_picture
from team.features import switched_on
from team.languages import CUSTOMER_LANGUAGES
from team.workspaces import workspace_of

PATH = "/console/settings/workspace"


@cache
def zones() -> tuple[str, ...]:
    """Return the names of places to choose from: no abbreviations, no offsets."""
    return tuple(sorted(name for name in available_timezones() if _is_place(name)))


def _is_place(name: str) -> bool:
    return name == "UTC" or ("/" in name and not name.startswith(("Etc/", "posix/", "right/")))


async def show(request: web.Request) -> web.StreamResponse:
    """Show the workspace."""
    return await _page(request, NONE)


async def change(request: web.Request) -> web.StreamResponse:
    """Keep another name, zone or language."""
    typed, viewer, now = await entered(request), request[VIEWER], request.config_dict[CLOCK].now()
    facts = Facts(*(typed.get(name, "") for name in Facts.__struct_fields__))

    async def act(tx: Connection) -> None:
        await change_workspace(tx, viewer.workspace_id, facts, now, by=viewer.id)

    problem = await attempt(request, act, "facts", typed)
    if problem:
        return await _page(request, problem)
    raise web.HTTPSeeOther(f"{PATH}?saved")


async def upload(request: web.Request) -> web.StreamResponse:
    """Keep a picture, drawn anew: nothing of the file but its pixels survives."""
    try:
        content = await first_part(request)
        prepared = await in_turn(prepare_picture, content, square=True)
    except Invalid as error:
        return await _page(request, Problem("picture", str(error)))
    folder = request.config_dict[SETTINGS].data_dir
    key = await asyncio.to_thread(keep_picture, folder, "workspace", prepared.content)
    return await _set(request, key)


async def remove_picture(request: web.Request) -> web.StreamResponse:
    """Show no picture any more; coupons made with it as their own keep it."""
    return await _set(request, "")


async def _set(request: web.Request, key: str) -> web.StreamResponse:
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()

    async def act(tx: Connection) -> None:
        await set_picture(tx, viewer.workspace_id, key, now, by=viewer.id)

    await attempt(request, act, "picture", {})
    raise web.HTTPSeeOther(f"{PATH}?saved")


async def _page(request: web.Request, problem: Problem) -> web.StreamResponse:
    stored = await workspace_of(request.config_dict[DATABASE].screens, request[VIEWER].workspace_id)
    on = switched_on(stored.features)
    typed = problem.entered if problem.at == "facts" else {}
    shown = {name: typed.get(name, getattr(stored, name)) for name in Facts.__struct_fields__}
    return page(
        request,
        "workspace/facts.html",
        status=422 if problem.at else 200,
        shown=shown,
        picture=stored.picture_key,
        zones=zones(),
        languages=CUSTOMER_LANGUAGES,
        features=[(name, label, name in on) for name, label in FEATURES.items()],
        problem=problem,
        saved="saved" in request.query,
    )
