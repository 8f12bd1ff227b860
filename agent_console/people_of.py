"""The colleagues of who asks, read once for a page however many of its parts name them."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from agent_console.access import VIEWER
from runtime.appkeys import DATABASE
from team.queries import Colleague, colleagues

READ = web.RequestKey("colleagues", Sequence[Colleague])


async def people_of(request: web.Request) -> Sequence[Colleague]:
    """Return the active members of the viewer's workspace by name."""
    if READ not in request:
        request[READ] = await colleagues(
            request.config_dict[DATABASE], request[VIEWER].workspace_id
        )
    return request[READ]
