"""Coupon pictures: kept as files under the data folder, served resized."""

from __future__ import annotations

import asyncio
import io
import os
import re
from pathlib import Path

from aiohttp import web
from PIL import Image, UnidentifiedImageError

from runtime.appkeys import SETTINGS
from runtime.errors import Invalid
from runtime.ids import token_hash

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,80}\.(jpg|png)")
WIDTH = 1024
LARGEST = 100_000
MOST_PIXELS = 50_000_000
TYPES = {"jpg": "image/jpeg", "png": "image/png"}


def folder(data_dir: Path) -> Path:
    """Return where pictures are kept."""
    return data_dir / "media" / "coupons"


def resized(content: bytes) -> bytes:
    """Return a picture as a JPEG of at most 1024 pixels in width and 100 kB; raises Invalid."""
    try:
        with Image.open(io.BytesIO(content)) as source:
            if source.width * source.height > MOST_PIXELS:
                raise Invalid("image", "The picture is too large; use one below 50 megapixels")
            picture = source.convert("RGB")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise Invalid("image", "This is not a picture we can read; use JPEG or PNG") from error
    if picture.width > WIDTH:
        picture = picture.resize((WIDTH, max(1, picture.height * WIDTH // picture.width)))
    for quality in (85, 75, 60, 45):
        small = _jpeg(picture, quality)
        if len(small) <= LARGEST:
            return small
    return _jpeg(picture, 30)


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=quality, optimize=True)
    return output.getvalue()


def store_picture(data_dir: Path, name: str, content: bytes) -> str:
    """Keep a resized picture and return its key, which names its content; raises Invalid."""
    small = resized(content)
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "picture"
    key = f"{stem}-{token_hash(small.hex()).hex()[:16]}.jpg"
    target = folder(data_dir) / key
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_suffix(f".{os.getpid()}.part")
    part.write_bytes(small)
    part.replace(target)
    return key


async def serve_picture(request: web.Request) -> web.StreamResponse:
    """Answer `/media/coupons/{key}`; a key names its content, so it is cached for good."""
    key = request.match_info["key"]
    matched = KEY.fullmatch(key)
    if matched is None:
        raise web.HTTPNotFound
    path = folder(request.config_dict[SETTINGS].data_dir) / key
    if not await asyncio.to_thread(path.is_file):
        raise web.HTTPNotFound
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Type": TYPES[matched[1]],
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return web.FileResponse(path, headers=headers)
