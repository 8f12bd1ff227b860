"""Reads an uploaded file: the first part of a multipart form, and no more of it than is allowed."""

from __future__ import annotations

from aiohttp import BodyPartReader, web

from coupons.prepare_picture import MOST_BYTES, TOO_HEAVY, UNREADABLE
from runtime.errors import Invalid

CHUNK = 256 * 1024


async def first_part(request: web.Request) -> bytes:
    """Return the bytes of the first part; its name and type are never looked at. Raises Invalid("image")."""
    if not request.content_type.startswith("multipart/"):
        raise Invalid("image", UNREADABLE)
    content = bytearray()
    try:
        part = await (await request.multipart()).next()
        while isinstance(part, BodyPartReader) and (chunk := await part.read_chunk(CHUNK)):
            content += chunk
            if len(content) > MOST_BYTES:
                raise Invalid("image", TOO_HEAVY)
    except (ValueError, AssertionError) as error:
        raise Invalid("image", UNREADABLE) from error
    return bytes(content)
