"""What is wrong with a coupon as it was entered: every field at once, so that a form can tell all of it.

Sentences are marked for the console's catalogue; their values are filled in where they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from urllib.parse import urlsplit

import msgspec
from typing_extensions import override

from coupons.rules.notices import VARIABLES, unknown
from coupons.rules.plan import CHOICES, COLOURS, LONGEST, NOTICES, NewCoupon
from runtime.i18n import mark

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
PICTURE = re.compile(r"[a-z0-9][a-z0-9-]{0,80}\.(jpg|png)")
MOST = 10_000_000
HIGHEST: Mapping[str, int] = {
    "code_columns": 4,
    "starts_after_days": 3_650,
    "lasts_days": 3_650,
    "lasts_minutes": 5_256_000,
}
LEAST: Mapping[str, int] = {
    "quantity": 0,
    "code_columns": 1,
    "redemption_limit": 0,
    "per_contact_redemption_limit": 0,
    "per_contact_limit": 0,
    "per_contact_daily_limit": 0,
    "default_quota": 0,
    "starts_after_days": 0,
    "lasts_days": 1,
    "lasts_minutes": 1,
}
TOO_LONG = mark("Write at most %(most)s characters; these are %(count)s")
NAMELESS = mark("Give the coupon a name; customers see it")
NO_COLOUR = mark("Write a colour as # and six digits, such as #B5482A")
NO_PICTURE = mark("Choose the picture again")
NO_HTTPS = mark("The address must begin with https://")
NO_CHOICE = mark("Choose one of these: %(choices)s")
WRONG_ORDER = mark("The end must come after the start")
NO_LENGTH = mark("Say how long it lasts: either in days or in minutes")
NO_NUMBER = mark("Write a whole number from %(low)s to %(high)s")
NO_PERCENT = mark("Write a percentage above 0, up to 100")
NO_AMOUNT = mark("Write an amount above 0, up to 9,999,999,999.99")
UNKNOWN_VARIABLE = mark("There is no variable %(wrong)s; use %(known)s")
NO_BARCODE = mark("A tag at redemption needs the barcode to be shown (section Codes)")
HIGHEST_AMOUNT = Decimal("9999999999.99")


class Problem(msgspec.Struct, frozen=True):
    """Why `field` cannot be taken: a sentence with %(name)s places, and their values."""

    field: str
    text: str
    values: Mapping[str, object] = {}

    @override
    def __str__(self) -> str:
        """Return the sentence in English."""
        return self.text % dict(self.values)


def problems(new: NewCoupon) -> list[Problem]:
    """Return what is wrong, in the order of the form; nothing when the coupon makes sense."""
    found: list[Problem] = []
    for rule in (_words, _choices, _links, _spans, _numbers, _amounts, _notices, _tags):
        found += rule(new)
    return found


def _words(new: NewCoupon) -> Iterator[Problem]:
    if not new.name.strip():
        yield Problem("name", NAMELESS)
    for field, most in LONGEST.items():
        count = len(getattr(new, field))
        if count > most:
            yield Problem(field, TOO_LONG, {"most": f"{most:,}", "count": f"{count:,}"})


def _choices(new: NewCoupon) -> Iterator[Problem]:
    for field, allowed in CHOICES.items():
        if getattr(new, field) not in allowed:
            yield Problem(field, NO_CHOICE, {"choices": ", ".join(filter(None, allowed))})


def _links(new: NewCoupon) -> Iterator[Problem]:
    for field in COLOURS:
        if getattr(new, field) and not COLOUR.fullmatch(getattr(new, field)):
            yield Problem(field, NO_COLOUR)
    for field in ("brand_image_key", "image_key"):
        if getattr(new, field) and not PICTURE.fullmatch(getattr(new, field)):
            yield Problem(field, NO_PICTURE)
    for field in ("image_url", "button_url"):
        if getattr(new, field) and not _is_https(getattr(new, field)):
            yield Problem(field, NO_HTTPS)


def _is_https(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and address.isprintable()


def _spans(new: NewCoupon) -> Iterator[Problem]:
    for start, end in (("send_from", "send_until"), ("valid_from", "valid_until")):
        first, last = getattr(new, start), getattr(new, end)
        if first is not None and last is not None and first >= last:
            yield Problem(end, WRONG_ORDER)
    spans = [value for value in (new.lasts_days, new.lasts_minutes) if value is not None]
    if new.validity_mode in {"claim", "open"} and len(spans) != 1:
        yield Problem("lasts_minutes", NO_LENGTH)


def _numbers(new: NewCoupon) -> Iterator[Problem]:
    for field, low in LEAST.items():
        value, high = getattr(new, field), HIGHEST.get(field, MOST)
        if value is not None and not low <= value <= high:
            yield Problem(field, NO_NUMBER, {"low": low, "high": f"{high:,}"})


def _amounts(new: NewCoupon) -> Iterator[Problem]:
    value = new.benefit_value
    if new.benefit == "discount" and value is not None and not 0 < value <= 100:
        yield Problem("benefit_value", NO_PERCENT)
    elif value is not None and not 0 < value <= HIGHEST_AMOUNT:
        yield Problem("benefit_value", NO_AMOUNT)
    if new.minimum_spend is not None and not 0 < new.minimum_spend <= HIGHEST_AMOUNT:
        yield Problem("minimum_spend", NO_AMOUNT)


def _notices(new: NewCoupon) -> Iterator[Problem]:
    for field in NOTICES:
        wrong = unknown(getattr(new, field))
        if wrong:
            known = ", ".join(f"{{{name}}}" for name in VARIABLES)
            yield Problem(field, UNKNOWN_VARIABLE, {"wrong": ", ".join(wrong), "known": known})


def _tags(new: NewCoupon) -> Iterator[Problem]:
    if new.tag_on_redeem and new.code_display not in {"both", "barcode"}:
        yield Problem("tag_on_redeem", NO_BARCODE)
