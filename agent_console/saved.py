"""Saved replies in the composer: what a slash offers, its words filled in for this conversation."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.heads import head_of
from agent_console.render import page
from agent_console.variables import values_for
from conversations.saved_replies import fill, saved_replies
from runtime.appkeys import DATABASE

SHOWN = 20


async def offer(request: web.Request) -> web.StreamResponse:
    """Return the replies that fit what was typed after the slash; NotFound as for the thread."""
    database, viewer = request.config_dict[DATABASE], request[VIEWER]
    head, sought = await head_of(request), request.query.get("q", "")
    rows = await saved_replies(database, viewer.workspace_id, viewer.id, sought, SHOWN)
    values = await values_for(request, head) if rows else {}
    filled = [(row, fill(row.text, values)) for row in rows]
    return page(request, "inbox/_saved_replies.html", replies=filled, sought=sought.strip())
