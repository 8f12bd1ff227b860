"""Who is called by name in a note: pure comparison of words and names."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

LONGEST = 4000
AT = ("@", "\uff20")  # the second is what Chinese and Japanese keyboards write


def called_in(text: str, names: Mapping[UUID, str]) -> list[UUID]:
    """Return whom of `names` the text calls with an @ before the name, in the names' order; where one name
    begins like another the longer one is meant, and of two with the same name both are.
    """
    spans = [where for where, _ in spans_of(text, list(names.values()))]
    folded = {text[start + 1 : end].casefold() for start, end in spans}
    return [key for key, name in names.items() if name.casefold() in folded]


def spans_of(text: str, names: list[str]) -> list[tuple[tuple[int, int], str]]:
    """Return where `text` calls somebody, as (begin at the @, end) and the name, from left to right."""
    by_length = sorted((name for name in set(names) if name), key=len, reverse=True)
    found = []
    place = 0
    while place < len(text):
        name = _name_at(text, place, by_length) if text[place] in AT else None
        if name is None:
            place += 1
            continue
        found.append(((place, place + 1 + len(name)), name))
        place += 1 + len(name)
    return found


def _name_at(text: str, place: int, by_length: list[str]) -> str | None:
    """Return the longest of the names that stands right behind the @ at `place`, whole words only."""
    before = text[place - 1] if place else " "
    if before.isascii() and before.isalnum():
        return None  # an e-mail address
    rest = text[place + 1 :]
    for name in by_length:
        after = rest[len(name) : len(name) + 1]
        whole = not (after.isascii() and after.isalnum() and name[-1].isascii())
        if rest[: len(name)].casefold() == name.casefold() and whole:
            return name
    return None
