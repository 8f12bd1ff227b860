"""Words as search compares them: one form for all writings, pairs of characters, and where a hit stands. Pure.

Chinese, Japanese and Thai have no spaces between words, so what is found is a substring: a text is known by all
its pairs of neighbouring characters, and whatever holds the pairs of the term is compared itself.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from uuid import UUID

LONGEST_TERM = 200
# The comparison of the whole term decides; so many pairs are enough to find what is worth comparing.
MOST_PAIRS = 16
AROUND = 40
_phone = re.compile(r"[\s().\-]+")


def fold(text: str) -> str:
    """Return `text` without differences of width, case and spacing; what cannot be stored is left out."""
    if text.isascii():
        plain = text.replace("\0", "").lower()
    else:
        plain = text.encode("utf-8", "ignore").decode().replace("\0", "")
        plain = unicodedata.normalize("NFKC", plain).casefold()
        plain = unicodedata.normalize("NFKC", plain)
    return " ".join(plain.split())


def term_of(text: str) -> str:
    """Return what is looked for when `text` was entered; "" for nothing."""
    return fold(text[:LONGEST_TERM])


def phone_of(text: str) -> str:
    """Return the digits of a telephone number as they are stored, "" when `text` is none.

    A leading nought is left out: "0912-345" is looked for in "+886912345678".
    """
    digits = _phone.sub("", text)
    if not re.fullmatch(r"\+?[0-9]{3,20}", digits):
        return ""
    return digits.removeprefix("0")


def pairs(folded: str) -> list[str]:
    """Return the different pairs of neighbouring characters, in order; those with a space say nothing."""
    return _neighbours(folded, 2)


def line_parts(folded: str) -> list[str]:
    """Return what a line about a customer is filed under: pairs, threes (digits of a telephone number make few
    pairs), and single characters that are words (a Chinese family name).
    """
    singles = dict.fromkeys(one for one in folded if not one.isascii())
    return [*pairs(folded), *_neighbours(folded, 3), *singles]


def wanted_parts(term: str) -> list[str]:
    """Return which of those parts to look for: the longest there are."""
    singles = [one for one in dict.fromkeys(term) if not one.isascii()]
    return (_neighbours(term, 3) or pairs(term) or singles)[:MOST_PAIRS]


def _neighbours(folded: str, count: int) -> list[str]:
    found = (folded[n : n + count] for n in range(len(folded) - count + 1))
    return list(dict.fromkeys(part for part in found if " " not in part))


def keys(workspace_id: UUID, parts: Sequence[str]) -> list[int]:
    """Return the 32-bit keys under which a workspace's `parts` of words are filed."""
    seed = zlib.crc32(workspace_id.bytes)
    return sorted({zlib.crc32(part.encode(), seed) for part in parts})


def wanted_pairs(term: str) -> list[str]:
    """Return the pairs to look for: all of a short term's, of a long one's some from each part of it."""
    found = pairs(term)
    step = max(1, -(-len(found) // MOST_PAIRS))
    return found[::step]


def like(term: str) -> str:
    """Return the pattern that LIKE finds `term` by, whatever characters it is made of."""
    escaped = term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def excerpt(text: str, term: str) -> tuple[str, str, str]:
    """Return what stands before the first hit, the hit as it was written, and what follows; cut to a line.

    Where the hit cannot be told apart in the original (a letter and its accent, say) the folded words stand in.
    """
    place = _find(text, term)
    if place is None:
        text = fold(text)
        begin = text.find(term)
        place = (begin, begin + len(term)) if begin >= 0 else (0, 0)
    begin, end = place
    before, after = text[max(0, begin - AROUND) : begin], text[end : end + 2 * AROUND]
    return ("…" if begin > AROUND else "") + before, text[begin:end], after


def _find(text: str, term: str) -> tuple[int, int] | None:
    """Return begin and end of `term` in `text` as written, where each character can be folded by itself."""
    folded: list[str] = []
    origin: list[int] = []
    for number, character in enumerate(text):
        plain = unicodedata.normalize("NFKC", character).casefold()
        plain = " " if plain.isspace() else plain
        if plain == " " and folded[-1:] == [" "]:
            continue
        folded.extend(plain)
        origin.extend([number] * len(plain))
    begin = "".join(folded).find(term) if term else -1
    return None if begin < 0 else (origin[begin], origin[begin + len(term) - 1] + 1)
