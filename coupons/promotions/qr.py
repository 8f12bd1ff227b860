"""QR codes of promotion links: five sizes of PNG, with or without a logo in the middle."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import segno
import zxingcpp
from PIL import Image, ImageOps, UnidentifiedImageError

from coupons.pages.pictures import folder
from coupons.promotions.logos import SHAPES, stock_logo
from coupons.rules.problems import PICTURE
from runtime.errors import Invalid

SIZES = (256, 512, 1024, 2048, 4096)
"""Pixels a side: a screen, a message, a leaflet, a poster, a banner."""
QUIET = 4
# With error correction H three parts in ten may be missing; the logo and its margin cover less than a twentieth.
LOGO_SHARE = 0.17
MARGIN = 0.08
TOO_BUSY = "With this logo the code cannot be read; choose a simpler one"
UNREADABLE = "This logo is not here any more; choose another"


def load_logo(data_dir: Path, choice: str, allowed: Sequence[str]) -> Image.Image | None:
    """Return the logo of a choice ("", `stock:gift`, `own:` and one of the `allowed` keys); raises Invalid."""
    kind, _, name = choice.partition(":")
    if not choice:
        return None
    if kind == "stock" and name in SHAPES:
        return stock_logo(name)
    if kind != "own" or name not in allowed or PICTURE.fullmatch(name) is None:
        raise Invalid("logo", UNREADABLE)
    try:
        with Image.open(folder(data_dir) / name) as picture:
            return ImageOps.fit(picture.convert("RGB"), (512, 512), Image.Resampling.LANCZOS)
    except (OSError, UnidentifiedImageError) as error:
        raise Invalid("logo", UNREADABLE) from error


def draw(address: str, side: int, logo: Image.Image | None = None) -> bytes:
    """Return a PNG of `side` pixels; every module is a whole number of pixels, the rest is quiet zone.

    Raises Invalid where a logo makes the code unreadable: nobody may print such a one.
    """
    code = segno.make(address, error="h" if logo else "m", micro=False, boost_error=False)
    rows = [list(row) for row in code.matrix]
    module = side // (len(rows) + 2 * QUIET)
    bits = bytes(0 if dark else 255 for row in rows for dark in row)
    small = Image.frombytes("L", (len(rows), len(rows)), bits)
    width = module * len(rows)
    picture = Image.new("L", (side, side), 255)
    start = (side - width) // 2
    picture.paste(small.resize((width, width), Image.Resampling.NEAREST), (start, start))
    if logo is not None:
        picture = picture.convert("RGB")
        _paste(picture, logo, width)
        if [seen.text for seen in zxingcpp.read_barcodes(picture)] != [address]:
            raise Invalid("logo", TOO_BUSY)
    output = io.BytesIO()
    picture.save(output, "PNG", optimize=side <= 1024)
    return output.getvalue()


def _paste(picture: Image.Image, logo: Image.Image, width: int) -> None:
    side, edge = int(width * LOGO_SHARE), max(1, int(width * LOGO_SHARE * MARGIN))
    ground = Image.new("RGB", (side + 2 * edge, side + 2 * edge), "#FFFFFF")
    ground.paste(logo.resize((side, side), Image.Resampling.LANCZOS), (edge, edge))
    corner = (picture.width - ground.width) // 2
    picture.paste(ground, (corner, corner))


def packed(
    address: str, sizes: Sequence[int], logo: Image.Image | None, title: str
) -> tuple[str, str, bytes]:
    """Return a file's name, type and content: a PNG for one size, one zip for several."""
    stem = re.sub(r"[^\w-]+", "-", title, flags=re.UNICODE).strip("-")[:60] or "qr"
    if len(sizes) == 1:
        return f"{stem}-{sizes[0]}.png", "image/png", draw(address, sizes[0], logo)
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as archive:
        for side in sizes:
            archive.writestr(f"{stem}-{side}.png", draw(address, side, logo))
    return f"{stem}.zip", "application/zip", output.getvalue()
