"""A long text is cut where a reader would pause, and nothing of it is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.meta_graph.words import characters, pieces, utf8_bytes


def squeezed(text):
    return "".join(text.split())


@given(text=st.text(max_size=300), limit=st.integers(min_value=8, max_value=60))
@pytest.mark.parametrize("size", [characters, utf8_bytes])
def test_every_piece_fits_and_only_white_space_is_lost(text, limit, size):
    cut = pieces(text, limit, size)
    assert all(0 < size(piece) <= limit for piece in cut)
    assert squeezed("".join(cut)) == squeezed(text)


def test_a_text_that_fits_stays_whole():
    assert pieces("  Hello\n\nthere ", 20, characters) == ("Hello\n\nthere",)


def test_it_is_cut_after_a_paragraph_before_a_line_before_a_sentence():
    text = "One two. Three.\nFour five.\n\nSix seven eight nine ten"
    assert pieces(text, 40, characters)[0] == "One two. Three.\nFour five."
    assert pieces("One two three. Four\nfive six seven", 25, characters)[0] == "One two three. Four"
    assert pieces("One two three four. Five six seven", 25, characters)[0] == "One two three four."


def test_chinese_is_cut_after_a_full_stop():
    text = "春茶上市了。" * 60
    cut = pieces(text, 1000, utf8_bytes)
    assert len(cut) == 2
    assert cut[0].endswith("。")


def test_an_address_is_not_cut_where_a_space_stands_before_it():
    address = "https://tea.example/" + "x" * 60
    assert pieces(f"Look: {address}", 80, characters) == ("Look:", address)


def test_a_picture_of_joined_emoji_is_not_cut_apart():
    family = "👩‍👩‍👧‍👦"
    cut = pieces("a" * 90 + family, 100, utf8_bytes)
    assert cut == ("a" * 90, family)


def test_a_skin_tone_stays_with_its_hand():
    assert pieces("ab👍🏽", 8, utf8_bytes) == ("ab", "👍🏽")


def test_emoji_count_twice_as_characters_and_four_times_as_bytes():
    assert (characters("茶👍"), utf8_bytes("茶👍")) == (3, 7)
