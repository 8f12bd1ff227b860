"""What each role may do, as the server's own table says it."""

from __future__ import annotations

from aiohttp import web

from agent_console.people import words
from agent_console.render import page
from team.roles import RIGHTS, Role


async def show(request: web.Request) -> web.StreamResponse:
    """Show the table of roles and rights."""
    return page(request, "people/roles.html", roles=tuple(Role), rights=words.RIGHTS, held=RIGHTS)
