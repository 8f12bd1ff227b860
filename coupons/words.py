"""The words customers and staff read about coupons, one table a language (coupons/words_*.py)."""

from __future__ import annotations

from functools import lru_cache

from coupons import words_en, words_ja, words_th, words_zh_hans, words_zh_hant
from coupons.errors import Refusal

TABLES = {
    "en": words_en,
    "zh-Hant": words_zh_hant,
    "zh-Hans": words_zh_hans,
    "ja": words_ja,
    "th": words_th,
}
LANGUAGES = tuple(TABLES)
SENTENCES: dict[str, dict[Refusal, str]] = {name: table.SENTENCES for name, table in TABLES.items()}
WORDS: dict[str, dict[str, str]] = {name: table.WORDS for name, table in TABLES.items()}
# Chinese is written in Simplified characters where its tag says so, or names one of these places.
SIMPLIFIED = frozenset({"hans", "cn", "sg", "my"})


def language(*wanted: str) -> str:
    """Return the first of `wanted` (tags like ja, zh-TW, en_GB) that we speak, else English."""
    for tag in wanted:
        found = spoken(tag)
        if found is not None:
            return found
    return "en"


@lru_cache(maxsize=1024)
def spoken(tag: str) -> str | None:
    """Return the language of ours that a tag means, None when we do not speak it."""
    primary, *rest = tag.replace("_", "-").lower().split("-")
    if primary == "zh":
        traditional = "hant" in rest or not SIMPLIFIED.intersection(rest)
        return "zh-Hant" if traditional else "zh-Hans"
    return primary if primary in TABLES else None


def sentence(refusal: Refusal, lang: str) -> str:
    """Return the refusal as a sentence in `lang`."""
    return SENTENCES[language(lang)][refusal]


def word(name: str, lang: str) -> str:
    """Return one of the page's or card's words in `lang`."""
    return WORDS[language(lang)][name]
