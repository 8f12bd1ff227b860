"""Block a customer, and let them in again."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER, is_partial
from agent_console.contact_page.show import PATH
from agent_console.forms import as_id, fields, path_id
from agent_console.thread import done
from conversations.actions.block import Blocking
from conversations.actions.block import block as block_them
from conversations.actions.block import unblock as unblock_them
from runtime.appkeys import CLOCK, DATABASE, LIVE


async def block(request: web.Request) -> web.StreamResponse:
    """Block the customer."""
    async with request.config_dict[DATABASE].transaction() as tx:
        await block_them(tx, _who(request), request.config_dict[CLOCK].now())
    return await _back(request)


async def unblock(request: web.Request) -> web.StreamResponse:
    """Let the customer in again."""
    async with request.config_dict[DATABASE].transaction() as tx:
        await unblock_them(tx, _who(request), request.config_dict[CLOCK].now())
    return await _back(request)


def _who(request: web.Request) -> Blocking:
    viewer = request[VIEWER]
    return Blocking(
        workspace_id=viewer.workspace_id,
        contact_id=path_id(request, "contact"),
        member_id=viewer.id,
    )


async def _back(request: web.Request) -> web.StreamResponse:
    """Show where the button was pressed: the open conversation, or the customer's page."""
    chat = as_id((await fields(request)).get("chat", ""))
    if chat and is_partial(request):
        return await done(request, chat)
    request.config_dict[LIVE].committed()
    raise web.HTTPSeeOther(
        f"/console/inbox/{chat}" if chat else f"{PATH}/{path_id(request, 'contact')}"
    )
