"""What each barcode can carry, so that a code nobody could draw or scan is refused beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from coupons.rules.codes import ean13_check
from runtime.i18n import mark

CODE_39 = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%")
# Longer ones would need bars finer than a phone's screen shows and a till's scanner reads.
LONGEST_39 = 24
LONGEST_128 = 40

SENTENCES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "code_39": (
        mark("CODE_39 carries up to %(most)s capital letters, digits, spaces and - . $ / + %%"),
        {"most": LONGEST_39},
    ),
    "code_128": (
        mark("CODE_128 carries up to %(most)s Latin letters, digits and signs, without accents"),
        {"most": LONGEST_128},
    ),
    "ean_13": (mark("EAN-13 carries 13 digits, the last one their check digit"), {}),
}
"""What a symbology carries, to tell whoever brought something else: a sentence and its values."""


def undrawable(text: str, code_format: str) -> str | None:
    """Return why `text` cannot be drawn in `code_format` ("" and qr take anything), None when it can.

    The reasons: symbology (wrong signs or length), checksum (13 digits, the last one wrong), check_digit
    (12 digits whose check digit is missing; `with_check_digit` adds it).
    """
    rule = RULES.get(code_format)
    return rule(text) if rule is not None else None


def with_check_digit(text: str) -> str:
    """Return 12 digits with their EAN-13 check digit, anything else as it is."""
    return text + ean13_check(text) if _ean_13(text) == "check_digit" else text


def _code_39(text: str) -> str | None:
    return None if len(text) <= LONGEST_39 and CODE_39.issuperset(text) else "symbology"


def _code_128(text: str) -> str | None:
    plain = text.isascii() and text.isprintable()
    return None if plain and len(text) <= LONGEST_128 else "symbology"


def _ean_13(text: str) -> str | None:
    if not (text.isascii() and text.isdigit()):
        return "symbology"
    if len(text) == 13:
        return None if ean13_check(text[:12]) == text[12] else "checksum"
    return "check_digit" if len(text) == 12 else "symbology"


RULES: Mapping[str, Callable[[str], str | None]] = {
    "code_39": _code_39,
    "code_128": _code_128,
    "ean_13": _ean_13,
}
