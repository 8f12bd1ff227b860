"""Put tags on a customer and take them off."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER, is_partial
from agent_console.contacts.panel import Problem, changed, shown, whose
from agent_console.forms import as_id, path_id
from agent_console.render import page
from agent_console.workspace.acting import entered
from conversations.actions.tag_contact import Tagging, tag_contact, untag_contact
from conversations.tags import tag_names
from runtime.appkeys import CLOCK, DATABASE
from runtime.errors import Invalid

LONGEST_BEGUN = 60


async def put(request: web.Request) -> web.StreamResponse:
    """Put one on, by its name."""
    typed, what = (await entered(request)).get("value", ""), await _what(request)
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            await tag_contact(tx, what, typed, request.config_dict[CLOCK].now())
    except Invalid as error:
        if not is_partial(request):
            raise
        return await shown(request, what.contact_id, Problem("tag", str(error), typed))
    return await changed(request, what.contact_id)


async def take_off(request: web.Request) -> web.StreamResponse:
    """Take one off."""
    what, tag = await _what(request), path_id(request, "tag")
    async with request.config_dict[DATABASE].transaction() as tx:
        await untag_contact(tx, what, tag, request.config_dict[CLOCK].now())
    return await changed(request, what.contact_id)


async def offer(request: web.Request) -> web.StreamResponse:
    """Return names of tags that complete what was begun."""
    begun = " ".join(request.query.get("value", "").split())[:LONGEST_BEGUN]
    pool = request.config_dict[DATABASE].screens
    names = await tag_names(pool, request[VIEWER].workspace_id, begun)
    return page(request, "contact/_tag_names.html", names=names)


async def _what(request: web.Request) -> Tagging:
    viewer = request[VIEWER]
    return Tagging(
        workspace_id=viewer.workspace_id,
        contact_id=await whose(request),
        by=viewer.id,
        conversation_id=as_id(request.query.get("chat", "")),
    )
