"""Which conversation a request is about."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import path_id
from conversations.queries import conversation_head
from conversations.views import ConversationHead
from runtime.appkeys import DATABASE


async def head_of(request: web.Request, conversation: UUID | None = None) -> ConversationHead:
    """Return a conversation, without a name the one in the address; NotFound for another workspace's."""
    viewer, key = request[VIEWER], conversation or path_id(request, "conversation")
    database = request.config_dict[DATABASE]
    return await conversation_head(database, viewer.workspace_id, key, viewer.id)
