"""What a kept file holds that a page wants to know before it is there: a picture's size, the people of a card."""

from __future__ import annotations

import quopri
import re
import warnings
from pathlib import Path
from typing import Any

from PIL import Image

PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
ORIENTATION = 0x0112
# Turned by a quarter: what is wide in the file is high on the screen.
QUARTER_TURNS = frozenset({5, 6, 7, 8})
MOST_CARD_BYTES = 64 * 1024
MOST_PEOPLE, MOST_NUMBERS, MOST_CHARACTERS = 20, 5, 200
KEPT = {"TEL": "phones", "EMAIL": "emails"}
ESCAPED = re.compile(r"\\([\\,;nN])")


def look_inside(path: Path, content_type: str, kind: str) -> dict[str, Any]:
    """Return `width` and `height` of a picture as it is shown, or the `people` of a file that came as kind
    "contacts"; {} when the file tells neither. Never raises for what is in it.
    """
    if content_type in PICTURES:
        return picture_size(path)
    if kind == "contacts":
        with path.open("rb") as file:
            people = people_of(file.read(MOST_CARD_BYTES).decode("utf-8", "replace"))
        return {"people": people} if people else {}
    return {}


def picture_size(path: Path) -> dict[str, int]:
    """Return a picture's `width` and `height` in pixels, {} when it cannot be read; it is not decoded."""
    try:
        with warnings.catch_warnings():
            # A bomb is a warning first; nothing is decoded here, and browsers guard themselves.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                width, height = picture.size
                turned = picture.getexif().get(ORIENTATION) in QUARTER_TURNS
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return {}
    return {"width": height, "height": width} if turned else {"width": width, "height": height}


def people_of(card: str) -> list[dict[str, Any]]:
    """Return the people of a vCard (any version): `name`, `company`, `phones` and `emails` as they are told."""
    people: list[dict[str, Any]] = []
    for name, options, value in _properties(card.replace("\x00", "")):
        if name == "BEGIN":
            if len(people) == MOST_PEOPLE:
                break
            people.append({})
        elif people:
            _tell(people[-1], name, _plain(options, value))
    return [person for person in people if person]


def _tell(person: dict[str, Any], name: str, value: str) -> None:
    if not value:
        return
    if name == "FN":
        person["name"] = value
    elif name == "ORG":
        person["company"] = value.strip(";").replace(";", ", ")
    elif name in KEPT:
        numbers = person.setdefault(KEPT[name], [])
        if len(numbers) < MOST_NUMBERS:
            numbers.append(value.removeprefix("tel:"))


def _properties(card: str) -> list[tuple[str, str, str]]:
    """Cut a card into its properties: name, options, value; folded lines are joined."""
    lines = re.sub(r"\r?\n[ \t]|=\r?\n", "", card).splitlines()
    found = []
    for line in lines:
        head, colon, value = line.partition(":")
        name, _, options = head.partition(";")
        if colon:
            found.append((name.rpartition(".")[2].strip().upper(), options.upper(), value.strip()))
    return found


def _plain(options: str, value: str) -> str:
    if "QUOTED-PRINTABLE" in options:
        value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
    told = ESCAPED.sub(lambda hit: " " if hit[1] in "nN" else hit[1], value)
    return "".join(sign for sign in told if sign.isprintable())[:MOST_CHARACTERS].strip()
