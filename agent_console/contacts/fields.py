"""Correct in place what is known of a customer."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER, is_partial
from agent_console.contacts.panel import Problem, changed, shown, whose
from agent_console.forms import as_id
from agent_console.workspace.acting import entered
from conversations.actions.edit_contact import ContactEdit, edit_contact
from runtime.appkeys import CLOCK, DATABASE
from runtime.errors import Invalid


async def change(request: web.Request) -> web.StreamResponse:
    """Store one field; what cannot be stored stays in it, with the reason beneath."""
    viewer, typed = request[VIEWER], (await entered(request)).get("value", "")
    key, field = await whose(request), request.match_info["field"]
    edit = ContactEdit(
        workspace_id=viewer.workspace_id,
        contact_id=key,
        by=viewer.id,
        field=as_id(field) or field,
        entered=typed,
    )
    try:
        async with request.config_dict[DATABASE].transaction() as tx:
            await edit_contact(tx, edit, request.config_dict[CLOCK].now())
    except Invalid as error:
        if not is_partial(request):
            raise
        return await shown(request, key, Problem(field, str(error), typed))
    return await changed(request, key, saved=field)
