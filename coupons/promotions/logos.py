"""Small pictures for the middle of a QR code, drawn here: nothing to fetch, nobody's rights."""

from __future__ import annotations

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

from runtime.i18n import mark

CLAY, WHITE = "#B5482A", "#FFFFFF"
# Drawn four times as large and scaled down, which smooths every edge.
SIDE = 1024
Pen = ImageDraw.ImageDraw


def _gift(pen: Pen) -> None:
    pen.rounded_rectangle((212, 400, 812, 512), 24, fill=WHITE)
    pen.rectangle((262, 540, 762, 812), fill=WHITE)
    pen.rectangle((476, 400, 548, 812), fill=CLAY)
    pen.ellipse((322, 232, 512, 400), outline=WHITE, width=52)
    pen.ellipse((512, 232, 702, 400), outline=WHITE, width=52)


def _star(pen: Pen) -> None:
    points = [
        (
            512 + (330 if corner % 2 == 0 else 140) * math.sin(corner * math.pi / 5),
            530 - (330 if corner % 2 == 0 else 140) * math.cos(corner * math.pi / 5),
        )
        for corner in range(10)
    ]
    pen.polygon(points, fill=WHITE)


def _heart(pen: Pen) -> None:
    pen.ellipse((232, 272, 532, 572), fill=WHITE)
    pen.ellipse((492, 272, 792, 572), fill=WHITE)
    pen.polygon([(262, 508), (762, 508), (512, 812)], fill=WHITE)
    pen.rectangle((372, 422, 652, 522), fill=WHITE)


def _cup(pen: Pen) -> None:
    pen.rounded_rectangle((252, 372, 652, 722), 90, fill=WHITE)
    pen.rectangle((252, 372, 652, 472), fill=WHITE)
    pen.ellipse((582, 412, 802, 632), outline=WHITE, width=56)
    pen.rounded_rectangle((222, 762, 762, 812), 24, fill=WHITE)
    for left in (342, 452, 562):
        pen.rounded_rectangle((left, 222, left + 40, 332), 20, fill=WHITE)


def _percent(pen: Pen) -> None:
    pen.line((322, 732, 702, 292), fill=WHITE, width=80)
    pen.ellipse((252, 252, 472, 472), outline=WHITE, width=66)
    pen.ellipse((552, 552, 772, 772), outline=WHITE, width=66)


SHAPES: dict[str, Callable[[Pen], None]] = {
    "gift": _gift,
    "star": _star,
    "heart": _heart,
    "cup": _cup,
    "percent": _percent,
}
NAMES = {
    "gift": mark("Gift"),
    "star": mark("Star"),
    "heart": mark("Heart"),
    "cup": mark("Cup"),
    "percent": mark("Percent"),
}


def stock_logo(name: str) -> Image.Image:
    """Return one of SHAPES as a square picture, white on clay; KeyError for another name."""
    picture = Image.new("RGB", (SIDE, SIDE), CLAY)
    SHAPES[name](ImageDraw.Draw(picture))
    return picture.resize((SIDE // 4, SIDE // 4), Image.Resampling.LANCZOS)
