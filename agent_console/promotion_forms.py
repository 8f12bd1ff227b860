"""What the promotion page's forms carry."""

from __future__ import annotations

import io

import msgspec
from aiohttp import BodyPartReader, web
from multidict import MultiDictProxy
from PIL import Image, UnidentifiedImageError

from coupons.promotions.qr import SIZES
from runtime.errors import Invalid

LARGEST = 8 * 1024 * 1024
TOO_LARGE = "The picture is too large; use one below 8 MB"
NO_PICTURE = "This is not a picture we can read; use JPEG or PNG"
MOST_PIXELS = 50_000_000
Form = MultiDictProxy[str | bytes | bytearray | web.FileField]


class Picked(msgspec.Struct, frozen=True, kw_only=True):
    """The QR form: a link's id, a logo ("", `stock:gift`, `own:` and a key), the sizes in pixels."""

    link: str = ""
    logo: str = ""
    sizes: tuple[int, ...] = ()


def picked(form: Form) -> Picked:
    """Return the form; sizes that are none of ours are left out."""
    wanted = {str(value) for value in form.getall("size", [])}
    return Picked(
        link=str(form.get("link", ""))[:36],
        logo=str(form.get("logo", ""))[:130],
        sizes=tuple(size for size in SIZES if str(size) in wanted),
    )


async def uploaded(request: web.Request) -> bytes:
    """Return the picture of a posted form, on white where it is see-through; raises Invalid."""
    if not request.content_type.startswith("multipart/"):
        raise Invalid("logo", NO_PICTURE)
    try:
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if isinstance(part, BodyPartReader) and part.name == "logo":
                return on_white(await _read(part))
    except ValueError as error:
        raise Invalid("logo", NO_PICTURE) from error
    raise Invalid("logo", NO_PICTURE)


async def _read(part: BodyPartReader) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > LARGEST:
            raise Invalid("logo", TOO_LARGE)
    return bytes(content)


def on_white(content: bytes) -> bytes:
    """Return a see-through picture as one on white, any other as it is; raises Invalid."""
    try:
        with Image.open(io.BytesIO(content)) as source:
            if source.width * source.height > MOST_PIXELS:
                raise Invalid("logo", TOO_LARGE)
            if not source.has_transparency_data:
                return content
            picture = source.convert("RGBA")
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise Invalid("logo", NO_PICTURE) from error
    ground = Image.new("RGBA", picture.size, "#FFFFFF")
    ground.alpha_composite(picture)
    output = io.BytesIO()
    ground.convert("RGB").save(output, "PNG")
    return output.getvalue()
