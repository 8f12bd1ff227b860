"""What a person typed into a search box, as the databases's words."""

from __future__ import annotations

import msgspec

QUOTES = {'"': '"', "“": "”", "「": "」", "『": "』"}
LONGEST = 200


class Term(msgspec.Struct, frozen=True):
    """What to look for: an exact value, or a pattern for ILIKE that finds it anywhere."""

    value: str
    exact: bool

    @property
    def plain(self) -> str:
        """The text looked for, without quotes and wildcards."""
        if self.exact:
            return self.value
        inner = self.value[1:-1]
        return inner.replace("\\%", "%").replace("\\_", "_").replace("\\\\", "\\")


def search_term(typed: str) -> Term | None:
    """Return what to look for, None when nothing was typed. Quoted text must match as a whole."""
    text = typed.replace("\x00", "").strip()[:LONGEST]
    if len(text) > 2 and QUOTES.get(text[0]) == text[-1]:
        return Term(text[1:-1].strip(), exact=True)
    if not text:
        return None
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return Term(f"%{escaped}%", exact=False)
