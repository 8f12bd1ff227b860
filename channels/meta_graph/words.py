"""Cutting a long text into messages where a reader would pause."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

Size = Callable[[str], int]
# Tried in this order; the later half of a message must hold the place, or the message would be short.
PAUSES = (("\n\n",), ("\n",), (". ", "! ", "? ", "。", "！", "？", "…"), ("，", "、", "；", ", "))
JOINERS = frozenset("\u200d\ufe0e\ufe0f")


def characters(text: str) -> int:
    """Return the size in UTF-16 units, the larger of the ways a platform may count characters."""
    return len(text) + sum(char > "\uffff" for char in text)


def utf8_bytes(text: str) -> int:
    """Return the size in UTF-8 bytes."""
    return len(text.encode("utf-8", "surrogatepass"))


def pieces(text: str, limit: int, size: Size) -> tuple[str, ...]:
    """Cut `text` into pieces of at most `limit`; only white space at the cuts is lost."""
    found: list[str] = []
    rest = text.strip()
    while rest:
        fits = _fitting(rest, limit, size)
        end = len(rest) if fits == len(rest) else _pause(rest, fits)
        found.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return tuple(found)


def _fitting(text: str, limit: int, size: Size) -> int:
    """Return how many code points fit, at least one."""
    used = 0
    for place, char in enumerate(text):
        used += size(char)
        if used > limit:
            return max(place, 1)
    return len(text)


def _pause(text: str, fits: int) -> int:
    """Return where to cut: after a paragraph, line, sentence or clause, at a space, else between letters."""
    for marks in PAUSES:
        place = max(text.rfind(mark, fits // 2, fits) + len(mark) for mark in marks)
        if place > fits // 2:
            return place
    for place in range(fits, 0, -1):
        if text[place].isspace():
            return place
    return _between_letters(text, fits)


def _between_letters(text: str, fits: int) -> int:
    """Step back from inside one visible letter: a mark on it, or emoji joined to one picture."""
    place = fits
    while place > 1 and (_clings(text[place]) or text[place - 1] == "\u200d"):
        place -= 1
    return place if place > 1 else fits


def _clings(char: str) -> bool:
    skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    return char in JOINERS or skin_tone or unicodedata.combining(char) > 0
