"""Colours of pictures: those of another colour space, as phones and cameras write them, brought to sRGB.

A small copy is written without the profile of its original, and what reads it takes its numbers for sRGB.
"""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageCms

# Those of printing presses take half a megabyte.
LARGEST_PROFILE = 2 * 1024 * 1024
# By the space of a profile, the modes whose numbers it explains, and what they become.
MODES = {"RGB": {"RGB": "RGB", "RGBA": "RGBA"}, "CMYK": {"CMYK": "RGB"}}


def in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture with the colours of sRGB, given the ICC `profile` that came with it.

    It is returned as it is where there is no profile, or one that cannot be read or is not for such pictures.
    """
    if not profile or len(profile) > LARGEST_PROFILE:
        return picture
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = MODES.get(own.profile.xcolor_space.strip(), {}).get(picture.mode)
        if mode is None:
            return picture
        drawn = ImageCms.profileToProfile(picture, own, _srgb(), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture
    if drawn is None:
        return picture
    drawn.info = {}
    return drawn


def redrawn(
    picture: Image.Image, mode: str, profile: bytes | None, most: tuple[int, int]
) -> Image.Image:
    """Return a fresh copy of at most `most` pixels, in `mode` (RGB or RGBA) and the colours of sRGB, without what
    else the file told.
    """
    if picture.mode == "CMYK":
        # Once they are mixed as light, its profile explains the numbers no more.
        picture = in_srgb(picture, profile)
    fresh = picture.convert(mode)
    fresh.info = {}
    fresh.thumbnail(most)
    return in_srgb(fresh, profile)


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
