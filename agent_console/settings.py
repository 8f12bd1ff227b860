"""The way into the settings: the first section a role may open."""

from __future__ import annotations

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.settings_menu import sections_for


async def lead(request: web.Request) -> web.StreamResponse:
    """Lead to the first section; 403 is the route table's business."""
    raise web.HTTPSeeOther(sections_for(request[VIEWER].role)[0].path)
