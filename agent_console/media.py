"""Serves received files, so that nothing a customer sent can act in the console's name."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from agent_console.access import VIEWER
from agent_console.forms import path_id
from conversations.channel import ContentRefused
from conversations.file_types import WEBP
from conversations.queries import media_file
from conversations.thumbnails import broken_picture, thumbnail
from conversations.views import MediaFile
from runtime.appkeys import DATABASE, SETTINGS
from runtime.errors import NotFound
from runtime.media import MediaStore
from runtime.media_facts import PICTURES
from runtime.pictures import when_idle

# Shown in place; everything else (SVG, HTML, PDF, unknown) is only ever saved.
PASSIVE = frozenset(
    {
        "image/jpeg", "image/png", "image/gif", "image/webp",
        "video/mp4", "video/quicktime", "video/webm",
        "audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/amr", "audio/x-m4a", "audio/wav",
    }
)  # fmt: skip
KEY = re.compile(r"[A-Za-z0-9_-]{1,80}(/[A-Za-z0-9_-]{1,80}){0,2}(\.[A-Za-z0-9]{1,8})?")
UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|]')


async def serve(request: web.Request) -> web.StreamResponse:
    """Send one attachment of the viewer's workspace."""
    file = await media_file(
        request.config_dict[DATABASE], request[VIEWER].workspace_id, path_id(request, "attachment")
    )
    path = locate(request.config_dict[SETTINGS].data_dir / "media", file.storage_key)
    return web.FileResponse(path, headers=headers(file))


async def serve_small(request: web.Request) -> web.StreamResponse:
    """Send a small picture of a large one; it is made when it is first asked for."""
    file = await media_file(
        request.config_dict[DATABASE], request[VIEWER].workspace_id, path_id(request, "attachment")
    )
    if file.content_type not in PICTURES:
        raise NotFound("There is no such file")
    store = MediaStore(request.config_dict[SETTINGS].data_dir)
    path = locate(store.folder, file.storage_key)
    told = headers(MediaFile("", WEBP, "", 0))
    try:
        small = await when_idle(thumbnail, store, path)
    except ContentRefused:
        # Not kept: what could not be read just now may be read another time.
        return web.Response(body=broken_picture(), headers=told | {"Cache-Control": "no-store"})
    return web.FileResponse(small, headers=told)


def locate(folder: Path, storage_key: str) -> Path:
    """Return the stored file; NotFound when the key leads nowhere, or out of the folder."""
    path = folder / storage_key
    if not KEY.fullmatch(storage_key) or not path.resolve().is_relative_to(folder.resolve()):
        raise NotFound("There is no such file")
    if not path.is_file():
        raise NotFound("There is no such file")
    return path


def headers(file: MediaFile) -> dict[str, str]:
    """Return headers under which a browser runs nothing: sandboxed, never sniffed, active types saved."""
    kind = file.content_type.partition(";")[0].strip().lower()
    passive = kind in PASSIVE
    return {
        "Content-Type": kind if passive else "application/octet-stream",
        "Content-Disposition": saved_as(file.name, inline=passive),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=3600",
    }


def saved_as(name: str, *, inline: bool) -> str:
    """Return the disposition of a file under a name that can break out of nothing."""
    safe = UNSAFE.sub("_", name)[:150] or "file"
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    how = "inline" if inline else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"
