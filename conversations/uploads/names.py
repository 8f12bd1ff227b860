"""File names as they may be shown and saved: no paths, no hidden or reversing characters, a true ending."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from conversations.file_types import ENDINGS

LONGEST = 100
LONGEST_ENDING = 12
FALLBACK = "file"
UNSAFE = re.compile(r'[:*?"<>|%&#]')
RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
# Controls, format marks (bidi overrides, zero widths), halves of characters, private use, line ends.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(name: str) -> str:
    """Return the last part of `name` without what could mislead or escape; never empty."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name.replace("\x00", "")))[-1]
    seen = "".join(char for char in last if unicodedata.category(char) not in HIDDEN)
    plain = " ".join(UNSAFE.sub("_", seen).split()).strip(". ")
    if not plain:
        return FALLBACK
    return _shortened(f"_{plain}" if RESERVED.fullmatch(plain) else plain)


def with_ending(name: str, content_type: str) -> str:
    """Return a clean name whose ending is one of its type's; a wrong one stays before the right one.

    The ending of another picture type is replaced: a picture was drawn anew.
    """
    endings = ENDINGS.get(content_type)
    path = PurePosixPath(name)
    if not endings or path.suffix.lower() in endings:
        return name
    pictured = content_type.startswith("image/") and path.suffix.lower() in PICTURES
    stem = path.stem if pictured else name
    return _shortened(f"{stem}{endings[0]}")


PICTURES = frozenset({".jpg", ".jpeg", ".jfif", ".png", ".gif", ".webp", ".bmp"})


def _shortened(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    ending = PurePosixPath(name).suffix
    ending = ending if len(ending) <= LONGEST_ENDING else ""
    return name[: LONGEST - len(ending)].rstrip(". ") + ending
