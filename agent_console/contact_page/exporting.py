"""Export everything that is kept about a customer, as one file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.contact_page.show import find
from agent_console.render import page
from coupons.takeout import Wanted, take_out
from runtime.appkeys import CLOCK, DATABASE, SETTINGS
from runtime.downloads import send_once


async def ask(request: web.Request) -> web.StreamResponse:
    """Say what the file holds."""
    return page(request, "contact_page/export.html", who=await find(request))


async def download(request: web.Request) -> web.StreamResponse:
    """Write the file to a folder of its own, send it, and forget it."""
    who, viewer, now = await find(request), request[VIEWER], request.config_dict[CLOCK].now()
    wanted = Wanted(workspace_id=viewer.workspace_id, contact_id=who.id, member_id=viewer.id)
    media = request.config_dict[SETTINGS].data_dir / "media"
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="contact-{who.id}-{now.date()}.zip"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    with tempfile.TemporaryDirectory(prefix="tessera-takeout-") as folder:
        path = Path(folder) / "contact.zip"
        await take_out(request.config_dict[DATABASE], wanted, media, path, now)
        return await send_once(request, path, headers)
