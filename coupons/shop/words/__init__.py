"""The words of the verifiers' page, one table a language; every table has the same names."""

from __future__ import annotations

from collections.abc import Mapping

from coupons.errors import Refusal
from coupons.shop.words import en, ja, th, zh_hans, zh_hant

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": en.WORDS,
    "zh-Hant": zh_hant.WORDS,
    "zh-Hans": zh_hans.WORDS,
    "ja": ja.WORDS,
    "th": th.WORDS,
}
REASONS: Mapping[str, Mapping[Refusal, str]] = {
    "en": en.REASONS,
    "zh-Hant": zh_hant.REASONS,
    "zh-Hans": zh_hans.REASONS,
    "ja": ja.REASONS,
    "th": th.REASONS,
}
NAMES = {"en": "English", "zh-Hant": "繁體中文", "zh-Hans": "简体中文", "ja": "日本語", "th": "ไทย"}


def reason(refusal: Refusal, lang: str) -> str:
    """Return why, as a sentence for the staff."""
    return REASONS[lang].get(refusal, REASONS[lang][Refusal.ERROR])


def fill(lang: str, name: str, **values: object) -> str:
    """Return a sentence with its `{places}` filled."""
    text = WORDS[lang][name]
    for place, value in values.items():
        text = text.replace(f"{{{place}}}", str(value))
    return text
