"""The middleware that finds out who asks; the session cookie itself is the team's."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from agent_console.access import VIEWER
from runtime.appkeys import CLOCK, DATABASE
from team import queries
from team.cookies import clear_cookie, is_https, read_cookie, set_cookie

__all__ = ["clear_cookie", "find_viewer", "is_https", "read_cookie", "set_cookie"]


@web.middleware
async def find_viewer(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the signed-in member into the request; a stale cookie is as good as none."""
    token = read_cookie(request)
    if token and not request.path.startswith("/console/static/"):
        viewer = await queries.viewer(
            request.config_dict[DATABASE], token, request.config_dict[CLOCK].now()
        )
        if viewer is not None:
            request[VIEWER] = viewer
    return await handler(request)
