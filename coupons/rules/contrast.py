"""Whether words can be read on their ground: the contrast ratio of WCAG 2.2."""

from __future__ import annotations

import msgspec

ENOUGH = 4.5
PAPER, LINE, BUTTON, ON_BUTTON = "#FAF7F2", "#E6DFD5", "#B5482A", "#FFFFFF"
INK = "#22252B"
"""What the customer's page takes where the coupon names no colour, in light."""


class Contrast(msgspec.Struct, frozen=True):
    """Two colours that meet: `field` names the one to change, `ratio` is 1 to 21, `enough` says 4.5."""

    field: str
    ratio: float
    enough: bool


def luminance(colour: str) -> float:
    """Return the relative luminance of `#RRGGBB`, 0 for black to 1 for white."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    """Return how far two colours stand apart: 1 (the same) to 21 (black and white)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ink_on(colour: str) -> str:
    """Return black or white ink, whichever is read better on `colour`."""
    return max(INK, "#FFFFFF", key=lambda ink: ratio(ink, colour))


def contrasts(page: str, button: str, button_text: str) -> list[Contrast]:
    """Return how well the button's words can be read, and the page's; "" stands for our own colour."""
    pairs = (
        ("colour_button_text", button_text or ON_BUTTON, button or BUTTON),
        ("colour_page", INK, page or PAPER),
    )
    return [_contrast(field, one, other) for field, one, other in pairs]


def _contrast(field: str, one: str, other: str) -> Contrast:
    found = ratio(one, other)
    # Shown with one decimal, cut rather than rounded: 4.46 must not read as 4.5.
    return Contrast(field, int(found * 10) / 10, found >= ENOUGH)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
