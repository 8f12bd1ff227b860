"""Long texts: how WhatsApp counts them, and where they may be cut. Pure."""

from __future__ import annotations

import re

# From the best place to cut to the worst: paragraph, line, sentence, word or comma.
_PLACES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\s*\n\s*\n\s*",
        r"[^\S\n]*\n\s*",
        r"(?<=[.!?…])\s+|(?<=[。！？])\s*",
        r"\s+|(?<=[，、；,;])",
    )
)


def length(text: str) -> int:
    """Return UTF-16 units: Twilio counts an emoji as two characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def pieces(text: str, limit: int) -> list[str] | None:
    """Cut `text` into pieces of at most `limit` units; None when a piece has no place to be cut."""
    found, rest = [], text.strip() if length(text) > limit else text
    while length(rest) > limit:
        cut = _cut(rest, limit)
        if cut is None:
            return None
        found.append(rest[: cut[0]])
        rest = rest[cut[1] :]
    return [*found, rest] if rest else found


def _cut(text: str, limit: int) -> tuple[int, int] | None:
    """Return where the first piece ends and the next begins; a cut in the first half is a last resort."""
    head = len(text.encode("utf-16-le", "surrogatepass")[: limit * 2].decode("utf-16-le", "ignore"))
    for least in (head // 2, 1):
        for place in _PLACES:
            cuts = [
                match.span()
                for match in place.finditer(text, 0, head + 1)
                if least <= match.start() <= head
            ]
            if cuts:
                return cuts[-1]
    return None
