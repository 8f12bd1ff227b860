"""What the {variables} of an answer stand for in a conversation."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from conversations.views import ConversationHead
from runtime.appkeys import DATABASE
from team.workspaces import store_rows


async def values_for(request: web.Request, head: ConversationHead) -> dict[str, str]:
    """Return the value of each variable; "" for one that has none here."""
    viewer = request[VIEWER]
    stores = await store_rows(request.config_dict[DATABASE].screens, viewer.workspace_id)
    return {
        "name": head.name,
        "member": viewer.name,
        # A conversation names no store: only where there is but one is it certain which is meant.
        "store": stores[0].name if len(stores) == 1 else "",
        "workspace": viewer.workspace_name,
    }
