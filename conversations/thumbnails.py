"""Small pictures of large ones that customers sent, for threads; they lie beside the files."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

from conversations.uploads.photos import SMOOTH, opened, upright
from runtime.colours import redrawn
from runtime.media import MediaStore, small_of

# Twice what a thread shows, for dense screens.
BOX = (640, 640)
QUALITY = 78
GREY, PALE = (128, 133, 142), (214, 217, 222)


def thumbnail(store: MediaStore, path: Path) -> Path:
    """Return the small picture (WebP) of the kept one at `path`; it is made unless it is there. Raises
    ContentRefused for what is broken or too large to be decoded. Takes a while: run it where pictures are decoded.
    """
    small = small_of(path)
    if not small.is_file():
        store.add_small(path, _shrunk(path))
    return small


def _shrunk(path: Path) -> bytes:
    with opened(path) as source:
        source.seek(0)
        clear = source.mode in {"RGBA", "LA", "PA"} or "transparency" in source.info
        # In place, before any copy is made: of the largest ones a copy is 200 MB.
        if source.mode in SMOOTH and "transparency" not in source.info:
            source.thumbnail(BOX)
        turned = upright(source)
        if turned.mode.startswith("I;16"):
            # Its bright half would all be white: eight of the sixteen bits are shown.
            turned = turned.point(lambda value: value / 256).convert("L")
        return _webp(
            redrawn(turned, "RGBA" if clear else "RGB", source.info.get("icc_profile"), BOX)
        )


@cache
def broken_picture() -> bytes:
    """Return, as WebP, what stands for a picture that cannot be shown: hills under a sun, struck through."""
    picture = Image.new("RGB", (320, 240), PALE)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((200, 50, 240, 90), fill=GREY)
    draw.polygon(((40, 200), (120, 90), (200, 200)), fill=GREY)
    draw.polygon(((150, 200), (210, 130), (280, 200)), fill=GREY)
    draw.line((30, 215, 290, 25), fill=PALE, width=18)
    draw.line((30, 215, 290, 25), fill=GREY, width=6)
    return _webp(picture)


def _webp(picture: Image.Image) -> bytes:
    output = io.BytesIO()
    picture.save(output, "WEBP", quality=QUALITY)
    return output.getvalue()
