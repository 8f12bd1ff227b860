"""Saved replies: everybody's, and the member's own."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import path_id
from agent_console.render import page
from agent_console.workspace.acting import NONE, Problem, attempt, entered
from agent_console.workspace.words import VARIABLES
from conversations.actions.saved_replies import (
    MOST,
    Draft,
    Writer,
    add_reply,
    change_reply,
    remove_reply,
)
from conversations.saved_replies import saved_replies
from runtime.appkeys import CLOCK, DATABASE
from runtime.database import Connection
from team.roles import Right, may

PATH = "/console/settings/replies"


async def show(request: web.Request) -> web.StreamResponse:
    """List the replies."""
    return await _page(request)


async def add(request: web.Request) -> web.StreamResponse:
    """Keep one."""
    typed, now = await entered(request), request.config_dict[CLOCK].now()

    async def act(tx: Connection) -> None:
        await add_reply(tx, _writer(request), _draft(typed), now)

    return await _page(request, await attempt(request, act, "new", typed))


async def change(request: web.Request) -> web.StreamResponse:
    """Change one."""
    typed, now = await entered(request), request.config_dict[CLOCK].now()
    key = path_id(request, "reply")

    async def act(tx: Connection) -> None:
        await change_reply(tx, _writer(request), key, _draft(typed), now)

    return await _page(request, await attempt(request, act, str(key), typed))


async def remove(request: web.Request) -> web.StreamResponse:
    """Remove one."""
    key, now = path_id(request, "reply"), request.config_dict[CLOCK].now()

    async def act(tx: Connection) -> None:
        await remove_reply(tx, _writer(request), key, now)

    return await _page(request, await attempt(request, act, str(key), {}))


def _writer(request: web.Request) -> Writer:
    viewer = request[VIEWER]
    return Writer(viewer.workspace_id, viewer.id, may(viewer.role, Right.SHARE_REPLIES))


def _draft(typed: Mapping[str, str]) -> Draft:
    texts = {name: typed.get(name, "") for name in ("shortcut", "title", "text")}
    return Draft(**texts, shared=typed.get("shared") == "yes")


async def _page(request: web.Request, problem: Problem | None = None) -> web.StreamResponse:
    if problem is None and request.method == "POST":
        raise web.HTTPSeeOther(PATH)
    writer = _writer(request)
    database = request.config_dict[DATABASE]
    rows = await saved_replies(database, writer.workspace_id, writer.id, most=MOST)
    return page(
        request,
        "workspace/replies.html",
        status=422 if problem else 200,
        groups=[[row for row in rows if not row.own], [row for row in rows if row.own]],
        may_share=writer.may_share,
        variables=VARIABLES,
        problem=problem or NONE,
    )
