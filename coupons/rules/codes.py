"""How merchants' codes are compared and shown."""

from __future__ import annotations

import unicodedata

LONGEST = 100
DASHES = "-‐‑–—_"


def normalise(text: str) -> str:
    """Return the form under which a code is unique and looked up: no spaces, dashes or case."""
    if text.isascii() and text.isalnum():
        return text.upper()
    folded = _fold(text)
    # Taking a space out can bring an accent next to a letter it then joins: fold until nothing moves.
    while folded != text:
        text, folded = folded, _fold(folded)
    return folded


def exact_key(text: str) -> str:
    """Return the form of a code whose case matters: as `normalise`, but upper and lower case stay apart."""
    return "".join(
        char
        for char in unicodedata.normalize("NFKC", text)
        if not char.isspace() and char not in DASHES
    )


def lookup_keys(typed: str) -> list[str]:
    """Return the forms under which a typed code may be stored: exactly as typed first, then folded."""
    return list(dict.fromkeys((exact_key(typed), normalise(typed))))


def _fold(text: str) -> str:
    upper = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in upper if not char.isspace() and char not in DASHES)


def unusable(text: str) -> str | None:
    """Return why a code cannot be loaded (blank, long, control), None when it can."""
    if not normalise(text):
        return "blank"
    if len(text) > LONGEST or len(normalise(text)) > LONGEST:
        return "long"
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in text):
        return "control"
    return None


def ean13_valid(text: str) -> bool:
    """Say whether `text` is 13 digits with the right check digit."""
    if len(text) != 13 or not (text.isascii() and text.isdigit()):
        return False
    return ean13_check(text[:12]) == text[12]


def ean13_check(first12: str) -> str:
    """Return the check digit of the first twelve digits."""
    total = sum(map(int, first12[::2])) + 3 * sum(map(int, first12[1::2]))
    return str(-total % 10)


def grouped(text: str, size: int = 4) -> str:
    """Return a number in groups for reading aloud: `ABCD EFGH JKLM`."""
    return " ".join(text[start : start + size] for start in range(0, len(text), size))
