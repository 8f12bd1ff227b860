"""Serves the files that members sent to whoever knows their address: platforms, and customers' phones.

An address opens nothing before its file was sent. What could act in a browser is only ever saved.
"""

from __future__ import annotations

from aiohttp import web

from agent_console.media import locate, saved_as
from conversations import file_types as types
from conversations.actions.uploads import PUBLIC
from conversations.uploads import rows
from conversations.uploads.fitting import kind_of
from runtime.appkeys import DATABASE, SETTINGS
from runtime.errors import NotFound

# Platforms go by the type; browsers save these, for they are no pictures, films or recordings.
HARMLESS = types.OFFICE | {types.PDF, types.ZIP, types.PLAIN}
HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "private, max-age=86400",
}


def routes() -> list[web.RouteDef]:
    """Return the routes; the last part of an address is for people and decides nothing."""
    return [
        web.get(PUBLIC + "/{token}/{name}", serve),
        web.get(PUBLIC + "/{token}/small/{name}", serve_small),
    ]


async def serve(request: web.Request) -> web.StreamResponse:
    """Send a file that was sent to a customer."""
    row = await _row(request)
    shown = kind_of(row.content_type) != "file"
    kind = row.content_type if shown or row.content_type in HARMLESS else types.UNKNOWN
    if kind == types.PLAIN:
        kind += "; charset=utf-8"
    told = {
        "Content-Type": kind,
        "Content-Disposition": saved_as(row.name, inline=shown),
    }
    return _file(request, row.storage_key, told)


async def serve_small(request: web.Request) -> web.StreamResponse:
    """Send the small picture of a file."""
    row = await _row(request)
    return _file(request, row.preview_key, {"Content-Type": types.JPEG})


async def _row(request: web.Request) -> rows.UploadRow:
    found = await rows.sent(request.config_dict[DATABASE], request.match_info["token"][:40])
    if found is None:
        raise web.HTTPNotFound
    return found


def _file(request: web.Request, key: str, told: dict[str, str]) -> web.StreamResponse:
    try:
        path = locate(request.config_dict[SETTINGS].data_dir / "media", key)
    except NotFound as error:
        raise web.HTTPNotFound from error
    return web.FileResponse(path, headers=HEADERS | told)
