"""The tags: how often each is worn; rename, merge, delete."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import as_id, path_id
from agent_console.render import page
from agent_console.workspace.acting import NONE, Problem, attempt, entered
from conversations.actions.tags import merge_tags, remove_tag, rename_tag
from conversations.tags import tag_rows
from coupons.actions.rename_tag import rename_tag_in_coupons
from runtime.appkeys import CLOCK, DATABASE
from runtime.database import Connection

PATH = "/console/settings/tags"


async def show(request: web.Request) -> web.StreamResponse:
    """List the tags."""
    return await _page(request)


async def rename(request: web.Request) -> web.StreamResponse:
    """Give one another name, in the coupons that put it on too."""
    typed, viewer, now = await entered(request), request[VIEWER], request.config_dict[CLOCK].now()
    key, house = path_id(request, "tag"), viewer.workspace_id

    async def act(tx: Connection) -> None:
        before, after = await rename_tag(tx, house, key, typed.get("name", ""), now, by=viewer.id)
        await rename_tag_in_coupons(tx, house, before, after)

    return await _page(request, await attempt(request, act, str(key), typed))


async def merge(request: web.Request) -> web.StreamResponse:
    """Put another in its place on every contact, and in the coupons that put it on."""
    typed, viewer, now = await entered(request), request[VIEWER], request.config_dict[CLOCK].now()
    key, into, house = path_id(request, "tag"), as_id(typed.get("into", "")), viewer.workspace_id

    async def act(tx: Connection) -> None:
        before, after = await merge_tags(tx, house, key, into, now, by=viewer.id)
        await rename_tag_in_coupons(tx, house, before, after)

    return await _page(request, await attempt(request, act, str(key), typed))


async def remove(request: web.Request) -> web.StreamResponse:
    """Take one off everybody and delete it."""
    viewer, key = request[VIEWER], path_id(request, "tag")
    now = request.config_dict[CLOCK].now()

    async def act(tx: Connection) -> None:
        await remove_tag(tx, viewer.workspace_id, key, now, by=viewer.id)

    return await _page(request, await attempt(request, act, str(key), {}))


async def _page(request: web.Request, problem: Problem | None = None) -> web.StreamResponse:
    if problem is None and request.method == "POST":
        raise web.HTTPSeeOther(PATH)
    rows = await tag_rows(request.config_dict[DATABASE].screens, request[VIEWER].workspace_id)
    return page(
        request,
        "workspace/tags.html",
        status=422 if problem else 200,
        tags=rows,
        problem=problem or NONE,
    )
