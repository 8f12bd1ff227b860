"""Uploads of the designer's pictures: prepared at once, kept under their content's name, then saved with
the coupon.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from agent_console.designer import words as names
from agent_console.render import page
from agent_console.uploads import first_part
from coupons.pages.pictures import keep_picture
from coupons.prepare_picture import prepare_picture
from runtime.appkeys import SETTINGS
from runtime.errors import NotFound
from runtime.pictures import in_turn

KINDS = {"brand": "brand_image_key", "coupon": "image_key"}


async def upload(request: web.Request) -> web.StreamResponse:
    """Keep a picture and answer its place in the form; a picture that cannot be taken is told why."""
    kind = request.match_info["kind"]
    if kind not in KINDS:
        raise NotFound("There is no such picture")
    content = await first_part(request)
    prepared = await in_turn(prepare_picture, content, square=kind == "brand")
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
