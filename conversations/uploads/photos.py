"""Photos drawn anew before they are sent: upright, within the limits, without place, camera or hidden bytes."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from PIL import ExifTags, Image, ImageDraw, ImageSequence

from conversations import file_types as types
from conversations.channel import ContentRefused
from runtime.colours import redrawn
from runtime.words import mark

FORMATS = {"JPEG": types.JPEG, "PNG": types.PNG, "WEBP": types.WEBP, "GIF": types.GIF}
MOST_PIXELS = 50_000_000
# Of all frames of a moving picture together.
MOST_MOVING = 60_000_000
MOST_FRAMES = 300
MOST_SIDE = 20_000
LONGEST_SIDE = 4096
THUMBNAIL = (480, 480)
LARGEST_PROFILE = 4096
QUALITIES = (90, 80, 65, 50)
# Of these the middle of two pixels is a pixel between them; of a palette's numbers it is not.
SMOOTH = frozenset({"RGB", "RGBA", "L", "LA", "CMYK"})
WHITE = (255, 255, 255)
TOO_LARGE = mark("This picture is too large: at most 50 megapixels can be sent.")
UNREADABLE = mark(
    "This picture is damaged or not what it seems: save it as JPEG or PNG and try again."
)
# What Pillow raises for bytes that lie about themselves.
BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    MemoryError,
    LookupError,
    TypeError,
    OverflowError,
    AttributeError,
    EOFError,
    struct.error,
    zlib.error,
)
# By the number that a camera notes: how to turn its picture upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Photo(msgspec.Struct, frozen=True):
    """A picture as it is sent, and a small JPEG of it."""

    content: bytes
    content_type: str
    thumbnail: bytes


def prepare_photo(path: Path, most_bytes: int) -> Photo:
    """Return the picture at `path` as JPEG, PNG or (moving) GIF of at most `most_bytes`; a moving one may
    be larger. Raises ContentRefused.
    """
    with opened(path) as source:
        frames = getattr(source, "n_frames", 1)
        moves = frames > 1 and source.format == "GIF"
        return _moving(source, frames) if moves else _still(source, most_bytes)


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """Open the picture at `path` to decode it within the bounds; raises ContentRefused, also for what goes
    wrong while it is decoded.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=tuple(FORMATS)) as source:
                if source.width * source.height > MOST_PIXELS or max(source.size) > MOST_SIDE:
                    raise ContentRefused(TOO_LARGE)
                yield source
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ContentRefused(TOO_LARGE) from error
    except BROKEN as error:
        raise ContentRefused(UNREADABLE) from error


def upright(picture: Image.Image) -> Image.Image:
    """Return the picture as its camera was held. Of what the file tells only that number is read: Pillow's own
    way writes all of it anew, and fails on pictures that browsers show.
    """
    turn = TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return picture if turn is None else picture.transpose(turn)


def stand_in() -> bytes:
    """Return what is shown for a film before it plays, as a JPEG: a triangle on a dark ground."""
    picture = Image.new("RGB", (640, 360), (34, 37, 43))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((264, 124, 376, 236), fill=(181, 72, 42))
    draw.polygon(((304, 152), (304, 208), (350, 180)), fill=WHITE)
    return _jpeg(picture, 85)


def _still(source: Image.Image, most_bytes: int) -> Photo:
    source.seek(0)
    kind, mode = source.format, source.mode
    profile = source.info.get("icc_profile", b"")
    clear = mode in {"RGBA", "LA", "PA"} or "transparency" in source.info
    # Made smaller in place, before any copy is made: of the largest ones a copy is 200 MB.
    if mode in SMOOTH and "transparency" not in source.info:
        source.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    drawn_as_png = clear or kind in {"PNG", "GIF"}
    # A photo goes with its own colours where its profile is small enough to go with it.
    keeps = 0 < len(profile) <= LARGEST_PROFILE and mode == "RGB" and not drawn_as_png
    size = (LONGEST_SIDE, LONGEST_SIDE)
    picture = redrawn(upright(source), "RGBA" if clear else "RGB", None if keeps else profile, size)
    source.close()
    small = redrawn(picture, picture.mode, profile if keeps else None, THUMBNAIL)
    thumbnail = _jpeg(_flat(small), 80)
    if drawn_as_png:
        content = _png(picture)
        if len(content) <= most_bytes:
            return Photo(content, types.PNG, thumbnail)
    return Photo(
        _fitting(_flat(picture), most_bytes, profile if keeps else b""), types.JPEG, thumbnail
    )


def _fitting(picture: Image.Image, most_bytes: int, profile: bytes) -> bytes:
    """Return a JPEG that fits: first with less detail, then with fewer pixels."""
    while True:
        for quality in QUALITIES:
            content = _jpeg(picture, quality, profile)
            if len(content) <= most_bytes:
                return content
        picture = picture.resize((max(1, picture.width * 3 // 4), max(1, picture.height * 3 // 4)))


def _moving(source: Image.Image, frames: int) -> Photo:
    if frames > MOST_FRAMES or source.width * source.height * frames > MOST_MOVING:
        raise ContentRefused(TOO_LARGE)
    drawn, waits = [], []
    for frame in ImageSequence.Iterator(source):
        waits.append(frame.info.get("duration", 100))
        drawn.append(frame.convert("RGBA"))
    for one in drawn:
        one.info = {}
    output = io.BytesIO()
    drawn[0].save(
        output, "GIF", save_all=True, append_images=drawn[1:], duration=waits, loop=0, disposal=2
    )
    first = drawn[0].copy()
    first.thumbnail(THUMBNAIL)
    return Photo(output.getvalue(), types.GIF, _jpeg(_flat(first), 80))


def _flat(picture: Image.Image) -> Image.Image:
    """Put what is transparent on white."""
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, WHITE)
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _jpeg(picture: Image.Image, quality: int, profile: bytes = b"") -> bytes:
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=quality, optimize=True, icc_profile=profile or None)
    return output.getvalue()


def _png(picture: Image.Image) -> bytes:
    output = io.BytesIO()
    picture.save(output, "PNG")
    return output.getvalue()
