"""The pieces of a message: pictures, films, recordings, files, places, stories, posts, contact cards."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import isfinite
from typing import Literal
from urllib.parse import urlsplit

import msgspec

BOX = 320
UNMEASURED = (320, 240)
STICKER_BOX = 160
STORY_LIVES = timedelta(hours=24)

PartKind = Literal[
    "picture", "video", "audio", "file", "sticker", "place", "story", "post", "people", "missing"
]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Somewhere on earth; `link` opens a map, "" when the coordinates make no sense."""

    title: str = ""
    address: str = ""
    coordinates: str = ""
    link: str = ""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One card of a contact message."""

    name: str = ""
    company: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One piece. `of` is what the platform calls it, `id` unique in the page.

    `url` is a path of our own or an https address; a picture's `width` and `height` are those it is shown
    in, CSS pixels, and `small` is what is shown there: a small one of a large one. `state` tells why a
    `missing` one is not there: waiting, failed, refused or skipped.
    """

    kind: PartKind
    of: str
    id: str
    url: str = ""
    small: str = ""
    name: str = ""
    size: int = 0
    content_type: str = ""
    poster: str = ""
    duration: str = ""
    width: int = 0
    height: int = 0
    place: Place | None = None
    people: tuple[Person, ...] = ()
    state: str = ""
    expired: bool = False

    @property
    def own(self) -> bool:
        """Whether it is served by us, so that a player may play it here."""
        return self.url.startswith("/")


def place(title: str, address: str, latitude: object, longitude: object) -> Place:
    """Return a place; coordinates that lie nowhere on earth are left out."""
    known = _degrees(latitude, 90), _degrees(longitude, 180)
    if known[0] is None or known[1] is None:
        return Place(title=title, address=address)
    lat, lon = f"{known[0]:.6f}", f"{known[1]:.6f}"
    return Place(
        title=title,
        address=address,
        coordinates=f"{known[0]:.5f}, {known[1]:.5f}",
        link=f"https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=17/{lat}/{lon}",
    )


def _degrees(value: object, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) and abs(value) <= most else None


def fitted(width: object, height: object, box: int = BOX) -> tuple[int, int]:
    """Return the size a picture is shown in: inside `box`, never enlarged, the usual one when unknown."""
    if not (isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0):
        return UNMEASURED if box == BOX else (box, box)
    scale = min(1.0, box / width, box / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def safe_url(value: object, base_url: str = "") -> str:
    """Return an https address, or a path for what lies with us; "" for anything that could act."""
    if not isinstance(value, str) or not value.isprintable():
        return ""
    if base_url and value.startswith(base_url + "/"):
        path = value.removeprefix(base_url)
        return "" if path.startswith(("//", "/\\")) else path
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme == "https" and parts.netloc else ""


def clock_length(milliseconds: object) -> str:
    """Return a length of time as players show it ("1:05"), "" when it is not known."""
    if not isinstance(milliseconds, int | float) or not 0 < milliseconds < 86_400_000:
        return ""
    seconds = max(1, round(milliseconds / 1000))
    return f"{seconds // 60}:{seconds % 60:02}"


def story_is_over(at: datetime, now: datetime) -> bool:
    """Say whether a story of then is gone from the platform."""
    return now >= at + STORY_LIVES
