"""Who of the colleagues is looking at which conversation, or writing in it."""

from __future__ import annotations

from typing import Any, cast, get_args

from aiohttp import web

from agent_console.access import VIEWER, WRITERS
from agent_console.forms import fields, path_id
from conversations.queries import require_conversation
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.errors import Invalid
from runtime.i18n import mark
from runtime.presence import Present, Sign, State

LONGEST_PAGE = 40
NONSENSE = mark("This request could not be understood.")


async def show(request: web.Request) -> web.StreamResponse:
    """Return where the colleagues are, for a page that has just begun to follow."""
    viewer, now = request[VIEWER], request.config_dict[CLOCK].now()
    presence = request.config_dict[LIVE].presence
    found = presence.of(viewer.workspace_id, now, but=viewer.id)
    return web.json_response({"present": [presence_facts(one) for one in found]})


async def sign(request: web.Request) -> web.StreamResponse:
    """Take in that a page of the viewer's shows a conversation, that they write in it, or that it is gone."""
    viewer, entered = request[VIEWER], await fields(request)
    place, state, page = (
        path_id(request, "conversation"),
        entered.get("state"),
        entered.get("page", ""),
    )
    await require_conversation(request.config_dict[DATABASE].screens, viewer.workspace_id, place)
    if state not in get_args(State):
        raise Invalid("state", NONSENSE)
    if not (page.isascii() and page.isalnum() and len(page) <= LONGEST_PAGE):
        raise Invalid("page", NONSENSE)
    if state == "writing" and viewer.role not in WRITERS:
        raise web.HTTPForbidden
    request.config_dict[LIVE].sign(
        Sign(
            workspace_id=viewer.workspace_id,
            member_id=viewer.id,
            name=viewer.name,
            place=place,
            page=page,
            state=cast("State", state),
            at=request.config_dict[CLOCK].now(),
        )
    )
    return web.Response(status=204)


def presence_facts(one: Present) -> dict[str, Any]:
    """Return what a page is told of a colleague."""
    return {
        "member": str(one.member_id),
        "name": one.name,
        "conversation": str(one.place),
        "state": one.state,
        "left": one.left_s,
    }
