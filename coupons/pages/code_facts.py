"""The number and the merchant's codes as the page shows them: pictures, words, or neither."""

from __future__ import annotations

from coupons.barcode import Undrawable, svg
from coupons.page_reads import ClaimPage
from coupons.page_words import WORDS, fill
from coupons.rules.codes import grouped

PICTURED = frozenset({"both", "barcode"})
WRITTEN = frozenset({"both", "text"})


def code_facts(claim: ClaimPage, lang: str) -> dict[str, object]:
    """Return the number, what to copy, and the codes; pictures are "" where none is shown or can be drawn."""
    form = claim.design.code_display
    return {
        "number": claim.number,
        "grouped": grouped(claim.number) if form in WRITTEN else "",
        "qr": svg(claim.number, "qr", WORDS[lang]["qr_label"]) if form in PICTURED else "",
        "codes": [_code(claim, position, lang) for position in range(len(claim.codes))]
        if form != "none"
        else [],
        "hidden": form == "none",
    }


def _code(claim: ClaimPage, position: int, lang: str) -> dict[str, str]:
    text, form = claim.codes[position], claim.design.code_display
    several = len(claim.codes) > 1
    bars = _bars(text, claim.design.code_format, lang) if form in PICTURED else ""
    return {
        "text": text,
        "label": fill(lang, "code_n", n=position + 1) if several else fill(lang, "code"),
        "bars": bars,
        # A code that cannot be drawn is written all the same: a customer must have something to show.
        "written": text if form in WRITTEN or not bars else "",
    }


def _bars(text: str, code_format: str, lang: str) -> str:
    if not code_format:
        return ""
    try:
        return svg(text, code_format, fill(lang, "bars_of", code=text))
    except Undrawable:
        # A code loaded before the format was chosen may not fit it: the text alone still works.
        return ""
