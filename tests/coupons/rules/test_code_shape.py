"""What codes we make look like, and what each barcode can carry."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coupons.barcode import Undrawable, svg
from coupons.rules.banned_words import WORDS, offends
from coupons.rules.code_shape import (
    DIGITS,
    KINDS,
    READABLE,
    SCIENTIFIC,
    BadShape,
    Shape,
    Why,
    luhn,
    make,
    refuse,
    shape_of,
)
from coupons.rules.codes import ean13_valid, exact_key, lookup_keys, normalise
from coupons.rules.symbology import CODE_39, SENTENCES, undrawable, with_check_digit

OWN = {"kind": "own", "alphabet": DIGITS, "length": 8}


def rng(seed=1):
    return Random(seed)  # noqa: S311 (a test repeats what it draws)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_s3_09_a_code_has_twelve_characters_of_its_kind(kind):
    """S3-09."""
    shape, source = shape_of({"kind": kind}), rng()
    for code in (make(shape, source) for _ in range(300)):
        assert len(code) == 12
        assert set(code) <= set(shape.alphabet)


def test_the_usual_alphabet_has_no_look_alikes_and_one_case():
    assert shape_of({}) == KINDS["readable"]
    assert not set("0O1IL") & set(READABLE)
    assert READABLE.upper() == READABLE
    assert not KINDS["readable"].exact


def test_mixed_case_is_matched_exactly_and_single_case_is_not():
    mixed = KINDS["mixed"]
    assert mixed.exact
    assert mixed.key("ab-C d") == "abCd"
    assert KINDS["readable"].key("ab-c d") == "ABCD"
    assert lookup_keys("aB-1") == ["aB1", "AB1"]
    assert lookup_keys("AB1") == ["AB1"]
    assert exact_key("Ａb") == "Ab"


def test_a_code_never_reads_as_a_number_in_scientific_notation():
    shape, source = Shape("12E", 5), rng()
    assert not any(SCIENTIFIC.fullmatch(make(shape, source)) for _ in range(2000))


def test_digits_alone_never_begin_with_a_zero_that_a_spreadsheet_drops():
    shape, source = Shape("01", 4), rng()
    assert shape.space == 8
    assert {make(shape, source) for _ in range(300)} == {f"1{n:03b}" for n in range(8)}
    assert Shape("01", 5, "7").space == 16


def test_no_code_holds_a_word_that_hurts_or_one_that_looks_like_it():
    assert all(offends(word.lower()) for word in WORDS)
    assert offends("X5H1TX")
    assert not offends("415151")
    assert not offends("AB")
    shape, source = Shape("ASX", 6), rng()
    assert not any("ASS" in make(shape, source) for _ in range(500))


def test_an_alphabet_of_bad_words_alone_is_given_up():
    with pytest.raises(BadShape, match="unusable"):
        make(Shape("S5", 6, "AS"), rng())


def luhn_valid(code, alphabet):
    return luhn(code[:-1], alphabet) == code[-1]


def test_prefix_and_check_characters_count_into_the_length():
    shape = shape_of(OWN | {"prefix": "4710", "check": "luhn", "length": 12})
    code = make(shape, rng())
    assert (len(code), code[:4]) == (12, "4710")
    assert shape.drawn == 7
    assert luhn_valid(code, DIGITS)
    wrong = code[:-1] + DIGITS[(int(code[-1]) + 1) % 10]
    assert not luhn_valid(wrong, DIGITS)
    ean = shape_of(OWN | {"prefix": "471", "check": "ean_13", "length": 13})
    assert ean13_valid(make(ean, rng()))


def test_the_luhn_digit_is_the_usual_one():
    assert luhn_valid("79927398713", DIGITS)
    assert luhn_valid("4539578763621486", DIGITS)


@given(st.integers(), st.sampled_from([2, 10, 31]), st.integers(0, 5))
def test_any_single_wrong_character_breaks_the_check(seed, many, place):
    alphabet = READABLE[:many]
    code = make(Shape(alphabet, 8, check="luhn"), rng(seed))
    other = alphabet[(alphabet.index(code[place]) + 1) % many]
    changed = code[:place] + other + code[place + 1 :]
    assert luhn_valid(code, alphabet)
    # An even base catches every single error; an odd one all that are not doubled onto the same sum.
    assert many % 2 or not luhn_valid(changed, alphabet)


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ({"kind": "other"}, "Choose one of"),
        ({"kind": "own"}, "alphabet and a length"),
        ({"kind": "own", "alphabet": 5, "length": 8}, "alphabet and a length"),
        (OWN | {"alphabet": "AÄ"}, "letters A-Z"),
        (OWN | {"alphabet": "AAB"}, "once"),
        (OWN | {"alphabet": "A"}, "two characters"),
        (OWN | {"length": 3}, "4 to 40"),
        (OWN | {"length": 41}, "4 to 40"),
        (OWN | {"prefix": "ab c"}, "prefix takes"),
        (OWN | {"prefix": "A" * 13, "length": 20}, "at most 12"),
        (OWN | {"check": "crc"}, "check character"),
        (OWN | {"prefix": "1234567", "check": "luhn"}, "nothing to draw"),
        (OWN | {"prefix": "AB", "check": "luhn"}, "of the alphabet"),
        (OWN | {"check": "ean_13"}, "length of 13"),
        (OWN | {"check": "ean_13", "length": 13, "prefix": "A"}, "length of 13"),
    ],
)
def test_a_shape_that_makes_no_sense_says_what_to_do(stored, why):
    with pytest.raises(BadShape, match=why):
        shape_of(stored)


def test_too_few_codes_for_the_quantity_are_refused_with_the_figure():
    shape = shape_of(OWN | {"alphabet": "AB", "length": 4})
    assert refuse(shape, 8, "") is None
    assert "Only 16 different codes" in str(refuse(shape, 9, ""))
    assert refuse(shape, None, "") is None


@pytest.mark.parametrize(
    ("kind", "code_format", "fits"),
    [
        ("readable", "code_39", True),
        ("mixed", "code_39", False),
        ("mixed", "code_128", True),
        ("digits", "code_39", True),
        ("digits", "ean_13", False),
        ("mixed", "qr", True),
    ],
)
def test_a_shape_is_held_to_the_coupons_barcode(kind, code_format, fits):
    assert (refuse(KINDS[kind], 100, code_format) is None) is fits


def test_a_shape_too_long_for_its_barcode_is_refused():
    long = Shape(READABLE, 30)
    assert refuse(long, 10, "code_39") == Why(*SENTENCES["code_39"])
    ean = shape_of(OWN | {"check": "ean_13", "length": 13})
    assert refuse(ean, 100, "ean_13") is None


@pytest.mark.parametrize(
    ("text", "code_format", "reason"),
    [
        ("TEA-50", "code_39", None),
        ("tea50", "code_39", "symbology"),
        ("A" * 25, "code_39", "symbology"),
        ("tea 50~", "code_128", None),
        ("茶50", "code_128", "symbology"),
        ("A" * 41, "code_128", "symbology"),
        ("4710000000004", "ean_13", None),
        ("4710000000005", "ean_13", "checksum"),
        ("471000000000", "ean_13", "check_digit"),
        ("47100000000", "ean_13", "symbology"),
        ("471000000000A", "ean_13", "symbology"),
        ("茶50", "qr", None),
        ("茶50", "", None),
    ],
)
def test_s1_26_what_a_barcode_cannot_carry_is_refused(text, code_format, reason):
    """S1-26."""
    assert undrawable(text, code_format) == reason


@given(st.text(st.sampled_from(sorted(CODE_39)), min_size=1, max_size=24).filter(normalise))
def test_whatever_code_39_is_said_to_carry_can_be_drawn(text):
    assert svg(text.strip() or "A", "code_39")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40))
def test_whatever_code_128_is_said_to_carry_can_be_drawn(text):
    assert svg(text, "code_128")


def test_a_check_digit_is_added_only_to_twelve_digits():
    assert with_check_digit("471000000000") == "4710000000004"
    assert with_check_digit("47100") == "47100"
    with pytest.raises(Undrawable):
        svg("471000000000", "ean_13")
