"""Text that PostgreSQL and JSON can both hold."""

from __future__ import annotations


def clean(text: str) -> str:
    """Return `text` without U+0000, with lone surrogates replaced."""
    text = text.replace("\0", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def utf16_length(text: str) -> int:
    """Return the number of UTF-16 units, which is how LINE counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
