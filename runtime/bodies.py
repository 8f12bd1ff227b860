"""Reads a posted body whole and no further than a limit: it may arrive in any number of pieces."""

from __future__ import annotations

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

CUT_OFF = (web.RequestPayloadError, HttpProcessingError, ConnectionError, ValueError)


async def whole(request: web.Request, largest: int) -> bytes:
    """Return the body. Raises HTTPRequestEntityTooLarge over `largest` bytes, HTTPBadRequest when it is cut off."""
    content = bytearray()
    try:
        async for piece in request.content.iter_any():
            content += piece
            if len(content) > largest:
                raise web.HTTPRequestEntityTooLarge(max_size=largest, actual_size=len(content))
    except CUT_OFF as error:
        raise web.HTTPBadRequest(text="The body was cut off; send it again\n") from error
    return bytes(content)
