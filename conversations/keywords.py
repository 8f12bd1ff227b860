"""How a customer's words are compared with the words of a rule. Pure."""

from __future__ import annotations

import unicodedata


def normalise(text: str) -> str:
    """Return `text` as keywords are compared: NFKC, case folded, spaces trimmed and collapsed."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
