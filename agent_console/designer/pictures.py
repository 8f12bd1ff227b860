"""Uploads of the designer's pictures: prepared at once, kept under their content's name, then saved with
the coupon.
"""

from __future__ import annotations

import asyncio

from aiohttp import BodyPartReader, web

from agent_console.designer import words as names
from agent_console.render import page
from coupons.pages.pictures import keep_picture
from coupons.prepare_picture import MOST_BYTES, TOO_HEAVY, UNREADABLE, prepare_picture
from runtime.appkeys import SETTINGS
from runtime.errors import Invalid, NotFound

KINDS = {"brand": "brand_image_key", "coupon": "image_key"}
CHUNK = 256 * 1024


async def upload(request: web.Request) -> web.StreamResponse:
    """Keep a picture and answer its place in the form; a picture that cannot be taken is told why."""
    kind = request.match_info["kind"]
    if kind not in KINDS:
        raise NotFound("There is no such picture")
    content = await _content(request)
    prepared = await asyncio.to_thread(prepare_picture, content, square=kind == "brand")
    folder = request.config_dict[SETTINGS].data_dir
    key = await asyncio.to_thread(keep_picture, folder, kind, prepared.content)
    return page(
        request,
        "coupons/designer/_picture.html",
        name=KINDS[kind],
        kind=kind,
        values={KINDS[kind]: key},
        narrow=prepared.narrow and kind == "coupon",
        read_only=False,
        names=names,
    )


async def _content(request: web.Request) -> bytes:
    """Read the first part of the form, and no more of it than is allowed; raises Invalid."""
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
