"""Sending a file that is deleted once it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

CHUNK_BYTES = 256 * 1024


async def send_once(
    request: web.Request, path: Path, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Send the file at `path` whole and end the answer, so that the file may go as soon as this returns.

    aiohttp's FileResponse is asked to prepare a second time after its handler, and then misses the file.
    """
    response = web.StreamResponse(headers=headers)
    response.content_length = (await asyncio.to_thread(path.stat)).st_size
    await response.prepare(request)
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
            await response.write(piece)
    await response.write_eof()
    return response
