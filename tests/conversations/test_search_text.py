"""How words are compared: one form for all writings, and where a hit stands in what was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.search_text import (
    excerpt,
    fold,
    keys,
    like,
    pairs,
    phone_of,
    term_of,
    wanted_pairs,
)
from runtime.ids import uuid7


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("ＡＢＣ　ｄｅｆ", "abc def"),
        ("Straße", "strasse"),
        ("ﾗﾃ", "ラテ"),
        (" many \n\t spaces ", "many spaces"),
        ("null\0byte", "nullbyte"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("☕️", "☕️"),
    ],
)
def test_writings_of_the_same_word_become_one(written, folded):
    assert fold(written) == folded


@given(st.text())
def test_folding_twice_changes_nothing_more_for_what_is_stored(text):
    assert "\0" not in fold(text)
    fold(text).encode()


def test_a_word_is_known_by_its_pairs_and_spaces_say_nothing():
    assert pairs("週年慶 ok") == ["週年", "年慶", "ok"]
    assert pairs("a") == []
    assert pairs("aaaa") == ["aa"]


def test_a_long_term_is_looked_for_by_some_pairs_of_each_part():
    term = term_of("".join(map(chr, range(0x4E00, 0x4E00 + 300))))
    found = wanted_pairs(term)
    assert len(found) <= 16
    assert found[0] == term[:2]
    assert term.index(found[-1]) > 150


def test_pairs_of_two_workspaces_are_filed_apart():
    one, two = uuid7(), uuid7()
    assert not set(keys(one, ["ab", "cd"])) & set(keys(two, ["ab", "cd"]))
    assert all(0 <= key < 2**32 for key in keys(one, ["ab", "謝謝"]))


def test_signs_of_patterns_stand_for_themselves():
    assert like("50%_\\") == "%50\\%\\_\\\\%"


@pytest.mark.parametrize(
    ("written", "digits"),
    [("0912-345 678", "912345678"), ("+886 (2) 2720", "+88622720"), ("ab12", ""), ("12", "")],
)
def test_a_phone_number_is_looked_for_by_its_digits(written, digits):
    assert phone_of(written) == digits


@pytest.mark.parametrize(
    ("text", "term", "parts"),
    [
        ("我想問週年慶什麼時候", "週年慶", ("我想問", "週年慶", "什麼時候")),
        ("Ｌatte please", "latte", ("", "Ｌatte", " please")),
        ("die Straße", "strasse", ("die ", "Straße", "")),
        ("two\n\n words", "two words", ("", "two\n\n words", "")),
        ("ขอบคุณครับ", "คุณ", ("ขอบ", "คุณ", "ครับ")),
        ("e\u0301te\u0301", "été", ("", "été", "")),
    ],
)
def test_a_hit_is_shown_as_it_was_written(text, term, parts):
    assert excerpt(text, term) == parts


def test_a_hit_far_inside_is_cut_out():
    before, hit, after = excerpt("x" * 500 + "needle" + "y" * 500, "needle")
    assert (before[0], len(before), hit, len(after)) == ("…", 41, "needle", 80)


@given(st.text(min_size=1), st.integers(0, 50), st.integers(1, 10))
def test_what_is_marked_is_what_was_looked_for(text, begin, length):
    term = term_of(text[begin : begin + length])
    if term and term in fold(text):
        assert fold(excerpt(text, term)[1]) == term or excerpt(text, term)[1] != ""
