"""The stores: add, change, remove."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import path_id
from agent_console.render import page
from agent_console.workspace.acting import NONE, Problem, attempt, entered
from agent_console.workspace.words import STORE_USES
from coupons.actions.remove_store import StoreInUse, remove_store
from runtime.appkeys import CLOCK, DATABASE
from runtime.database import Connection
from team.actions.stores import StoreFacts, add_store, change_store
from team.workspaces import store_rows

PATH = "/console/settings/stores"
NO_USES: Mapping[str, int] = {}


async def show(request: web.Request) -> web.StreamResponse:
    """List the stores."""
    return await _page(request)


async def add(request: web.Request) -> web.StreamResponse:
    """Add one."""
    typed, viewer, now = await entered(request), request[VIEWER], request.config_dict[CLOCK].now()

    async def act(tx: Connection) -> None:
        await add_store(tx, viewer.workspace_id, _facts(typed), now, by=viewer.id)

    return await _page(request, await attempt(request, act, "new", typed))


async def change(request: web.Request) -> web.StreamResponse:
    """Change one."""
    typed, viewer, now = await entered(request), request[VIEWER], request.config_dict[CLOCK].now()
    key = path_id(request, "store")

    async def act(tx: Connection) -> None:
        await change_store(tx, viewer.workspace_id, key, _facts(typed), now, by=viewer.id)

    return await _page(request, await attempt(request, act, str(key), typed))


async def remove(request: web.Request) -> web.StreamResponse:
    """Remove one, or say what needs it."""
    viewer, key = request[VIEWER], path_id(request, "store")
    now, uses = request.config_dict[CLOCK].now(), NO_USES

    async def act(tx: Connection) -> None:
        nonlocal uses
        try:
            await remove_store(tx, viewer.workspace_id, key, now, by=viewer.id)
        except StoreInUse as error:
            uses = error.uses
            raise

    return await _page(request, await attempt(request, act, str(key), {}), uses)


def _facts(typed: Mapping[str, str]) -> StoreFacts:
    return StoreFacts(**{name: typed.get(name, "") for name in StoreFacts.__struct_fields__})


async def _page(
    request: web.Request, problem: Problem | None = None, uses: Mapping[str, int] = NO_USES
) -> web.StreamResponse:
    """Return the page; after a deed that was done, lead to it, so that a reload does it no second time."""
    if problem is None and request.method == "POST":
        raise web.HTTPSeeOther(PATH)
    rows = await store_rows(request.config_dict[DATABASE].screens, request[VIEWER].workspace_id)
    return page(
        request,
        "workspace/stores.html",
        status=422 if problem else 200,
        stores=rows,
        problem=problem or NONE,
        uses=[(STORE_USES[what], n) for what, n in uses.items()],
    )
