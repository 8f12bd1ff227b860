"""Names people give themselves: one line of visible text, whatever was typed."""

from __future__ import annotations

import unicodedata

LONGEST = 120
# Joiners shape letters of several scripts and hold emoji together; all other format characters can disguise.
JOINERS = frozenset("\u200c\u200d")
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean_name(typed: str) -> str:
    """Return `typed` on one line, without control, direction and other hidden characters; "" if none is left."""
    spaced = " ".join(unicodedata.normalize("NFC", typed[: LONGEST * 4]).split())
    seen = "".join(
        char for char in spaced if char in JOINERS or unicodedata.category(char) not in HIDDEN
    )
    return seen.strip("\u200c\u200d ")[:LONGEST].rstrip()
