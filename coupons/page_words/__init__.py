"""The words of the customers' pages: those of coupons.words, and more; every table has the same names."""

from __future__ import annotations

from coupons.page_words.en import WORDS as EN
from coupons.page_words.ja import WORDS as JA
from coupons.page_words.th import WORDS as TH
from coupons.page_words.zh_hans import WORDS as ZH_HANS
from coupons.page_words.zh_hant import WORDS as ZH_HANT
from coupons.words import WORDS as SHARED

WORDS: dict[str, dict[str, str]] = {
    "en": SHARED["en"] | EN,
    "zh-Hant": SHARED["zh-Hant"] | ZH_HANT,
    "zh-Hans": SHARED["zh-Hans"] | ZH_HANS,
    "ja": SHARED["ja"] | JA,
    "th": SHARED["th"] | TH,
}
LOCALES = {tag: tag.replace("-", "_") for tag in WORDS}
"""The same languages as Babel names them."""


def fill(lang: str, name: str, /, **values: object) -> str:
    """Return a sentence with its `{places}` filled; braces inside the values stay as they are."""
    text = WORDS[lang][name]
    parts = [piece.partition("}") for piece in text.split("{")]
    first = parts[0][0] + parts[0][1] + parts[0][2]
    return first + "".join(f"{values[place]}{rest}" for place, _, rest in parts[1:])
