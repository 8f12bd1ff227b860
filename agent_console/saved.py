"""Saved replies in the composer: what a slash offers, its words filled in for this conversation."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import path_id
from agent_console.render import page
from agent_console.variables import values_for
from conversations import queries
from conversations.saved_replies import fill, saved_replies
from runtime.appkeys import DATABASE

SHOWN = 20


async def offer(request: web.Request) -> web.StreamResponse:
    """Return the replies that fit what was typed after the slash; NotFound as for the thread."""
    database, viewer = request.config_dict[DATABASE], request[VIEWER]
    key, sought = path_id(request, "conversation"), request.query.get("q", "")
    head = await queries.conversation_head(database, viewer.workspace_id, key, viewer.id)
    rows = await saved_replies(database, viewer.workspace_id, viewer.id, sought, SHOWN)
    values = await values_for(request, head) if rows else {}
    filled = [(row, fill(row.text, values)) for row in rows]
    return page(request, "inbox/_saved_replies.html", replies=filled, sought=sought.strip())
