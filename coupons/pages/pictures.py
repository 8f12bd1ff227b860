"""Coupon pictures: kept as files under the data folder, served resized."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from aiohttp import web

from coupons.prepare_picture import prepare_picture
from coupons.rules.problems import PICTURE
from runtime.appkeys import SETTINGS
from runtime.ids import token_hash

TYPES = {"jpg": "image/jpeg", "png": "image/png"}


def folder(data_dir: Path) -> Path:
    """Return where pictures are kept."""
    return data_dir / "media" / "coupons"


def resized(content: bytes) -> bytes:
    """Return a picture as a JPEG of at most 1024 pixels in width and 100 kB; raises Invalid."""
    return prepare_picture(content).content


def store_picture(data_dir: Path, name: str, content: bytes) -> str:
    """Keep a resized picture and return its key, which names its content; raises Invalid."""
    return keep_picture(data_dir, name, resized(content))


def keep_picture(data_dir: Path, name: str, small: bytes) -> str:
    """Keep a picture that `coupons.prepare_picture` has made, and return its key."""
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
    matched = PICTURE.fullmatch(key)
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
