"""What codes we make ourselves look like: alphabet, length, prefix, check character."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random
from typing import Any

import msgspec
from typing_extensions import override

from coupons.rules.banned_words import offends
from coupons.rules.codes import ean13_check, exact_key, normalise
from coupons.rules.symbology import SENTENCES, undrawable
from runtime.i18n import mark

DIGITS = "0123456789"
# Without look-alikes: 0 O 1 I L are out.
READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
MIXED = READABLE + "abcdefghjkmnpqrstuvwxyz"
CHECKS = ("none", "luhn", "ean_13")
LENGTHS = (4, 40)
LONGEST_PREFIX = 12
# A spreadsheet takes such a code for a number in scientific notation.
SCIENTIFIC = re.compile(r"[0-9]+[Ee][0-9]+")
ALLOWED = re.compile(r"[0-9A-Za-z]*")
PREFIX = re.compile(r"[0-9A-Za-z.-]*")
# Of all possible codes at most this share is made: tries stay few, and guesses mostly miss.
SHARE = 2
TRIES = 100
CHOOSE_KIND = mark("Choose one of %(choices)s or own")
INCOMPLETE = mark("Give an alphabet and a length")
ALPHABET = mark("The alphabet takes letters A-Z, a-z and digits")
REPEATED = mark("Each character may stand in the alphabet once")
TWO_CHARACTERS = mark("The alphabet needs two characters or more")
LENGTH = mark("A code has %(least)s to %(most)s characters")
PREFIX_SIGNS = mark("The prefix takes letters, digits, - and .")
PREFIX_LENGTH = mark("A prefix has at most %(most)s characters")
CHOOSE_CHECK = mark("Choose a check character of %(choices)s")
NOTHING_DRAWN = mark("Prefix and check character leave nothing to draw; make it longer")
LUHN_PREFIX = mark("With a check character the prefix takes characters of the alphabet only")
EAN_SHAPE = mark("An EAN-13 check digit needs an alphabet of digits and a length of 13")
EAN_ONLY = mark(
    "EAN-13 carries 13 digits, the last one their check digit: choose 13 digits with an EAN-13 check digit"
)
TOO_FEW = mark(
    "Only %(space)s different codes have this form, too few for %(quantity)s (at most half may be used):"
    " make the code longer"
)
UNUSABLE = mark("Codes of this form are nearly all unusable words or numbers; change the alphabet")


class Why(msgspec.Struct, frozen=True):
    """Why codes cannot be made: a sentence with %(name)s places, marked for the catalogue, and their values."""

    text: str
    values: Mapping[str, object] = {}

    @override
    def __str__(self) -> str:
        """Return the sentence in English."""
        return self.text % dict(self.values)


class BadShape(ValueError):
    """A shape that makes no sense; `why` says what to do."""

    def __init__(self, text: str, **values: object) -> None:
        self.why = Why(text, values)
        super().__init__(str(self.why))


class Shape(msgspec.Struct, frozen=True):
    """`length` counts the whole code: prefix, drawn characters and check character (`check`: none, luhn
    for Luhn mod N over `alphabet`, ean_13).
    """

    alphabet: str
    length: int
    prefix: str = ""
    check: str = "none"

    @property
    def drawn(self) -> int:
        """How many characters are drawn at random."""
        return self.length - len(self.prefix) - (self.check != "none")

    @property
    def exact(self) -> bool:
        """Whether upper and lower case tell codes apart, so that a typed code must match exactly."""
        return len({char.upper() for char in self.alphabet}) < len(self.alphabet)

    @property
    def space(self) -> int:
        """How many different codes there are."""
        return int(self._firsts * len(self.alphabet) ** (self.drawn - 1))

    @property
    def _firsts(self) -> int:
        # Spreadsheets drop a leading zero, so a code of digits alone never begins with one.
        plain = not self.prefix and self.alphabet.isdigit() and "0" in self.alphabet
        return len(self.alphabet) - plain

    def key(self, code: str) -> str:
        """Return the form under which a code of this shape is unique and looked up."""
        return exact_key(code) if self.exact else normalise(code)


KINDS: Mapping[str, Shape] = {
    "readable": Shape(READABLE, 12),
    "mixed": Shape(MIXED, 12),
    "digits": Shape(DIGITS, 12),
}
"""Shapes to choose by name; `own` is described by its fields."""


def shape_of(stored: Mapping[str, Any]) -> Shape:
    """Return the shape a coupon's `code_shape` describes; raises BadShape.

    `{"kind": "readable" | "mixed" | "digits"}`, or `{"kind": "own", "alphabet", "length", "prefix",
    "check"}`; nothing at all is readable.
    """
    kind = stored.get("kind", "readable")
    if kind in KINDS:
        return KINDS[kind]
    if kind != "own":
        raise BadShape(CHOOSE_KIND, choices=", ".join(KINDS))
    try:
        fields = {name: stored[name] for name in Shape.__struct_fields__ if name in stored}
        shape = msgspec.convert(fields, Shape)
    except msgspec.ValidationError as error:
        raise BadShape(INCOMPLETE) from error
    _check(shape)
    return shape


def _check(shape: Shape) -> None:
    letters = set(shape.alphabet)
    least, most = LENGTHS
    figures = {"least": least, "most": most, "choices": ", ".join(CHECKS)}
    rules = [
        (ALLOWED.fullmatch(shape.alphabet), ALPHABET),
        (len(letters) == len(shape.alphabet), REPEATED),
        (len(letters) >= 2, TWO_CHARACTERS),
        (least <= shape.length <= most, LENGTH),
        (PREFIX.fullmatch(shape.prefix), PREFIX_SIGNS),
        (shape.check in CHECKS, CHOOSE_CHECK),
        (shape.drawn >= 1, NOTHING_DRAWN),
        (shape.check != "luhn" or letters.issuperset(shape.prefix), LUHN_PREFIX),
        (shape.check != "ean_13" or _can_be_ean(shape), EAN_SHAPE),
    ]
    if len(shape.prefix) > LONGEST_PREFIX:
        raise BadShape(PREFIX_LENGTH, most=LONGEST_PREFIX)
    for holds, sentence in rules:
        if not holds:
            raise BadShape(sentence, **figures)


def _can_be_ean(shape: Shape) -> bool:
    digits = (shape.prefix + shape.alphabet).isdigit()
    return shape.length == 13 and digits


def refuse(shape: Shape, quantity: int | None, code_format: str) -> Why | None:
    """Return what is wrong with making `quantity` codes (None: no limit) of this shape and drawing them in
    `code_format`, None when nothing is. The sentence carries the figures.
    """
    signs = shape.prefix + shape.alphabet
    sample = make_body(shape, (signs * shape.length)[: shape.length])
    if code_format == "ean_13" and shape.check != "ean_13":
        return Why(EAN_ONLY)
    if undrawable(sample, code_format) or _odd_sign(signs, code_format):
        return Why(*SENTENCES[code_format])
    if quantity is not None and quantity * SHARE > shape.space:
        return Why(TOO_FEW, {"space": f"{shape.space:,}", "quantity": f"{quantity:,}"})
    return None


def _odd_sign(signs: str, code_format: str) -> bool:
    return code_format in {"code_39", "code_128"} and any(undrawable(s, code_format) for s in signs)


def make(shape: Shape, rng: Random) -> str:
    """Return one random code that no spreadsheet mistakes for a number and that nobody minds to read."""
    for _ in range(TRIES):
        code = make_body(shape, _draw(shape, rng))
        if not SCIENTIFIC.fullmatch(code) and not offends(code):
            return code
    raise BadShape(UNUSABLE)


def make_body(shape: Shape, drawn: str) -> str:
    """Return prefix, drawn characters (as many of `drawn` as fit) and check character as one code."""
    body = shape.prefix + drawn[: shape.drawn]
    if shape.check == "luhn":
        return body + luhn(body, shape.alphabet)
    if shape.check == "ean_13":
        return body + ean13_check(body)
    return body


def _draw(shape: Shape, rng: Random) -> str:
    """Draw uniformly: one number for the whole code, read off in the alphabet's base."""
    firsts = shape._firsts  # noqa: SLF001 (the shape's own module)
    alphabet, many = shape.alphabet, len(shape.alphabet)
    value, first = divmod(rng.randrange(shape.space), firsts)
    found = [alphabet[many - firsts + first]]
    for _ in range(shape.drawn - 1):
        value, place = divmod(value, many)
        found.append(alphabet[place])
    return "".join(found)


def luhn(body: str, alphabet: str) -> str:
    """Return the check character of `body` (Luhn mod N over `alphabet`)."""
    many, total = len(alphabet), 0
    for place, char in enumerate(reversed(body)):
        value = alphabet.index(char) * (2 if place % 2 == 0 else 1)
        total += value // many + value % many
    return alphabet[-total % many]
