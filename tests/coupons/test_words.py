"""The words of customers and staff: every one in every language, with the same variables."""

from __future__ import annotations

import re

import pytest

from coupons.errors import Refusal
from coupons.words import LANGUAGES, SENTENCES, WORDS, language, word
from flows.words import IN_PRIVATE, in_private

VARIABLE = re.compile(r"\{[a-z]*\}")


def variables(table):
    return {name: sorted(VARIABLE.findall(text)) for name, text in table.items()}


@pytest.mark.parametrize("lang", ["en", "zh-Hant", "zh-Hans", "ja", "th"])
def test_every_refusal_and_word_is_there_in_every_language_with_the_same_variables(lang):
    assert lang in LANGUAGES
    assert set(SENTENCES[lang]) == set(Refusal)
    assert variables(SENTENCES[lang]) == variables(SENTENCES["en"])
    assert variables(WORDS[lang]) == variables(WORDS["en"])
    assert variables({lang: IN_PRIVATE[lang]}) == {lang: ["{link}"]}
    assert all(text.strip() for text in [*SENTENCES[lang].values(), *WORDS[lang].values()])


def test_no_language_was_left_in_anothers_words():
    for table in (SENTENCES, WORDS):
        for name, text in table["en"].items():
            said = [table[lang][name] for lang in LANGUAGES]
            assert len(set(said)) >= 4, (name, text, said)


def test_a_cards_button_fits_every_channel_in_every_language():
    assert all(len(WORDS[lang]["open"]) <= 20 for lang in LANGUAGES)


@pytest.mark.parametrize(
    ("tags", "spoken"),
    [
        (("zh_TW",), "zh-Hant"),
        (("zh",), "zh-Hant"),
        (("zh-Hant-CN",), "zh-Hant"),
        (("zh_CN",), "zh-Hans"),
        (("zh-Hans-TW",), "zh-Hans"),
        (("ja_JP", "zh-Hant"), "ja"),
        (("th",), "th"),
        (("fr", "en-GB"), "en"),
        (("fr",), "en"),
        (("",), "en"),
        ((), "en"),
    ],
)
def test_the_first_language_we_speak_is_spoken(tags, spoken):
    assert language(*tags) == spoken


def test_words_are_looked_up_by_any_tag():
    assert word("open", "ja-JP") == "クーポンを見る"


def test_the_way_out_of_a_group_carries_its_link_in_the_first_language_we_speak():
    assert (
        in_private("https://x.example", "", "ja")
        == "クーポンは個別のトークでお渡しします：https://x.example"
    )
    assert in_private("https://x.example", "th-TH", "ja").endswith("https://x.example")
