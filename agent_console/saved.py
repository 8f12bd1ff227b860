"""Saved replies in the composer: what a slash offers, its words filled in for this conversation."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import path_id
from agent_console.render import page
from conversations import queries
from conversations.saved_replies import fill, saved_replies
from runtime.appkeys import DATABASE
from team.workspaces import store_rows

SHOWN = 20


async def offer(request: web.Request) -> web.StreamResponse:
    """Return the replies that fit what was typed after the slash; NotFound as for the thread."""
    database, viewer = request.config_dict[DATABASE], request[VIEWER]
    key, sought = path_id(request, "conversation"), request.query.get("q", "")
    head = await queries.conversation_head(database, viewer.workspace_id, key, viewer.id)
    rows = await saved_replies(database, viewer.workspace_id, viewer.id, sought, SHOWN)
    stores = await store_rows(database.screens, viewer.workspace_id) if rows else []
    values = {
        "name": head.name,
        "member": viewer.name,
        # A conversation names no store: only where there is but one is it certain which is meant.
        "store": stores[0].name if len(stores) == 1 else "",
        "workspace": viewer.workspace_name,
    }
    filled = [(row, fill(row.text, values)) for row in rows]
    return page(request, "inbox/_saved_replies.html", replies=filled, sought=sought.strip())
