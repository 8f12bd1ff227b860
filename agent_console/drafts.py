"""What a member has begun to write is kept on the server while they type."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import fields, form_id, path_id, whole
from conversations.actions.keep_draft import Writing, keep_draft
from runtime.appkeys import CLOCK, DATABASE, LIVE
from runtime.i18n import mark

MOST = 1_000_000
# A sentence of conversations.actions.keep_draft that the composer shows.
PROBLEM = mark("A draft is kept up to 10,000 characters: send a part of it first")


async def keep(request: web.Request) -> web.StreamResponse:
    """Keep the draft of a conversation; `place` counts the savings of one form."""
    viewer, entered = request[VIEWER], await fields(request)
    writing = Writing(
        workspace_id=viewer.workspace_id,
        conversation_id=path_id(request, "conversation"),
        member_id=viewer.id,
        form_id=form_id(entered),
        place=whole(entered.get("place", ""), 0, MOST),
        text=entered.get("text", ""),
    )
    async with request.config_dict[DATABASE].transaction() as tx:
        await keep_draft(tx, writing, request.config_dict[CLOCK].now())
    request.config_dict[LIVE].committed()
    return web.Response(status=204)
