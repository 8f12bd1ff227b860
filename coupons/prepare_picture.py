"""Makes an uploaded picture safe and small: read with care, turned upright, cropped, resized, stripped.

The result is drawn anew, so that nothing but its pixels survives: no EXIF, no place, no thumbnail.
"""

from __future__ import annotations

import io
import warnings

import msgspec
from PIL import Image, ImageOps

from runtime.colours import in_srgb, redrawn
from runtime.errors import Invalid
from runtime.i18n import mark

FORMATS = ("JPEG", "PNG", "WEBP")
WIDTH, SQUARE = 1024, 512
ADVISED = 660
LARGEST = 100_000
MOST_PIXELS = 50_000_000
MOST_SIDE = 20_000
MOST_BYTES = 20_000_000
TALLEST = 3
QUALITIES = (85, 75, 60, 45, 30)
TOO_LARGE = mark("The picture is too large; use one below 50 megapixels")
TOO_HEAVY = mark("The picture is too large; use one below 20 MB")
UNREADABLE = mark("This is not a picture we can read; use JPEG, PNG or WebP")
EMPTY = mark("Choose a picture first")
WHITE = (255, 255, 255)


class Prepared(msgspec.Struct, frozen=True):
    """A JPEG of at most 100 kB; `source_width` is the upload's, in pixels."""

    content: bytes
    source_width: int

    @property
    def narrow(self) -> bool:
        """Whether the upload was narrower than is advised."""
        return self.source_width < ADVISED


def prepare_picture(content: bytes, *, square: bool = False) -> Prepared:
    """Return the picture as it is kept; `square` crops to the middle. Raises Invalid("image", …)."""
    if not content:
        raise Invalid("image", EMPTY)
    if len(content) > MOST_BYTES:
        raise Invalid("image", TOO_HEAVY)
    picture = _read(content)
    width = picture.width
    if square:
        side = min(picture.size)
        picture = ImageOps.fit(picture, (min(side, SQUARE),) * 2)
    else:
        picture = _narrowed(picture)
    return Prepared(_small(picture), width)


def _read(content: bytes) -> Image.Image:
    """Open, check the size before a pixel is decoded, and return upright RGB pixels."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as source:
                if source.width * source.height > MOST_PIXELS or max(source.size) > MOST_SIDE:
                    raise Invalid("image", TOO_LARGE)
                # JPEG can be decoded at a fraction of its size, which costs a fraction of the memory.
                source.draft("RGB", (WIDTH * 2, WIDTH * 2))
                upright = ImageOps.exif_transpose(source)
                return _flat(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Invalid("image", TOO_LARGE) from error
    except (OSError, ValueError, SyntaxError, MemoryError) as error:
        raise Invalid("image", UNREADABLE) from error


def _flat(picture: Image.Image) -> Image.Image:
    """Put what is transparent on white."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        seen = in_srgb(picture.convert("RGBA"), picture.info.get("icc_profile"))
        ground = Image.new("RGB", seen.size, WHITE)
        ground.paste(seen, mask=seen.getchannel("A"))
        return ground
    profile = picture.info.get("icc_profile")
    return redrawn(picture, "RGB", profile, picture.size)


def _narrowed(picture: Image.Image) -> Image.Image:
    """Bring it to our width; one much taller than wide is cropped to its middle."""
    if picture.height > picture.width * TALLEST:
        picture = ImageOps.fit(picture, (picture.width, picture.width * TALLEST))
    if picture.width > WIDTH:
        picture = picture.resize((WIDTH, max(1, picture.height * WIDTH // picture.width)))
    return picture


def _small(picture: Image.Image) -> bytes:
    """Return a JPEG of at most 100 kB: first with less detail, then with fewer pixels."""
    while True:
        for quality in QUALITIES:
            output = io.BytesIO()
            picture.save(output, "JPEG", quality=quality, optimize=True, progressive=True)
            if output.tell() <= LARGEST:
                return output.getvalue()
        picture = picture.resize((picture.width * 3 // 4, max(1, picture.height * 3 // 4)))
