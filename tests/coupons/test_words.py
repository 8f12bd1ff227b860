"""The words of customers and staff: every one in every language, with the same variables."""

from __future__ import annotations

import re

import pytest

from coupons import page_words
from coupons.errors import Refusal
from coupons.shop import words as shop_words
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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_of_customers_and_tills_are_complete_in_every_language(lang):
    for table in (page_words.WORDS, shop_words.WORDS):
        assert variables(table[lang]) == variables(table["en"])
        assert all(text.strip() for text in table[lang].values())
    assert set(shop_words.REASONS[lang]) == set(shop_words.REASONS["en"])


def everything(lang):
    """Return all that customers read in a language, by name."""
    return page_words.WORDS[lang] | {str(code): text for code, text in SENTENCES[lang].items()}


def test_japanese_is_polite_and_says_coupon_in_one_way():
    for name, text in everything("ja").items():
        for said in re.findall(r"[^。]+(?=。)", text):
            assert said.endswith(
                ("です", "ます", "ました", "ません", "ませんでした", "ください")
            ), (name, said)
        assert not re.search("クーポン券|優惠券", text), name


def test_thai_takes_neither_side():
    """The particles at a sentence's end tell the speaker's sex: a shop has none."""
    assert not [
        name for name, text in everything("th").items() if re.search("ครับ|ค่ะ|คะ(?!แนน)", text)
    ]


def test_each_chinese_has_its_own_terms():
    here, there = everything("zh-Hant"), everything("zh-Hans")
    for name, text in there.items():
        assert not re.search(
            "[張優連結頁領換過開啟請發門網傳號碼們這無為時從將會應幾後裡兌]", text
        ), (name, text)
        assert not re.search("二維碼|QR 碼|行事曆|網路|连结", text), (name, text)
    for name, text in here.items():
        assert not re.search("[张优链页领换过开请发门网传号码们这无为时从将会应几后兑]", text), (
            name,
            text,
        )
        assert not re.search("日历|网络|链接", text), (name, text)
    assert "二维码" in there["qr_label"]
    assert "QR 碼" in here["qr_label"]


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
