"""What a coupon is made of, and whether it makes sense."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import msgspec

from runtime.errors import Invalid

COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
PURPOSES = ("service", "sales", "marketing")
BENEFITS = (
    "generic",
    "discount",
    "cash_value",
    "gift",
    "group_buy",
    "points",
    "cash",
    "external",
)
HIGHEST: Mapping[str, int] = {"code_columns": 4, "starts_after_days": 3_650, "lasts_days": 3_650}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "purpose": PURPOSES,
    "benefit": BENEFITS,
    "code_mode": ("fixed", "pack", "generated", "random"),
    "code_format": ("", "qr", "code_39", "code_128", "ean_13"),
    "code_display": ("both", "barcode", "text", "none"),
    "pack_kind": ("general", "line_points"),
    "validity_mode": ("fixed", "claim", "open"),
    "quota_period": ("total", "day", "week", "month"),
    "redeem_mode": ("none", "self", "pin"),
}


class NewCoupon(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon is made of; each field is the column of the same name."""

    name: str
    purpose: str
    benefit: str = "generic"
    benefit_value: Decimal | None = None
    minimum_spend: Decimal | None = None
    product: str = ""
    code_mode: str = "fixed"
    code_shape: dict[str, Any] = msgspec.field(default_factory=dict)
    code_columns: int = 1
    pack_kind: str = "general"
    code_display: str = "both"
    fixed_code: str = ""
    code_format: str = ""
    quantity: int | None = None
    send_from: datetime | None = None
    send_until: datetime | None = None
    validity_mode: str = "fixed"
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    starts_after_days: int = 0
    lasts_days: int | None = None
    lasts_minutes: int | None = None
    per_contact_limit: int | None = None
    per_contact_daily_limit: int | None = None
    redemption_limit: int | None = None
    per_contact_redemption_limit: int | None = None
    default_quota: int | None = None
    quota_period: str = "total"
    card_text: str = ""
    rules: str = ""
    image_key: str = ""
    image_url: str = ""
    brand_image_key: str = ""
    colour_page: str = ""
    colour_border: str = ""
    colour_button: str = ""
    colour_button_text: str = ""
    button_text: str = ""
    button_url: str = ""
    copy_button: bool = True
    redeem_mode: str = "pin"
    notice_limit: str = ""
    notice_sold_out: str = ""
    tag_on_claim: str = ""
    tag_on_open: str = ""
    tag_on_redeem: str = ""
    allow_code_in_chat: bool = False


def check(new: NewCoupon) -> None:
    """Raise Invalid, naming the field, unless the coupon makes sense."""
    _check_words(new)
    _check_choices(new)
    _check_spans(new)
    _check_numbers(new)


def _check_words(new: NewCoupon) -> None:
    longest = {"name": 120, "rules": 1000, "card_text": 300, "button_text": 40, "fixed_code": 100}
    for field, limit in longest.items():
        if len(getattr(new, field)) > limit:
            raise Invalid(field, f"At most {limit} characters")
    if not new.name.strip():
        raise Invalid("name", "Give the coupon a name; customers see it")
    for field in ("colour_page", "colour_border", "colour_button", "colour_button_text"):
        if getattr(new, field) and not COLOUR.fullmatch(getattr(new, field)):
            raise Invalid(field, "Write a colour as # and six digits, such as #B5482A")
    for field in ("image_url", "button_url"):
        if getattr(new, field) and urlsplit(getattr(new, field)).scheme != "https":
            raise Invalid(field, "The address must begin with https://")


def _check_choices(new: NewCoupon) -> None:
    for field, allowed in CHOICES.items():
        if getattr(new, field) not in allowed:
            raise Invalid(field, f"Choose one of {', '.join(filter(None, allowed))}")


def _check_spans(new: NewCoupon) -> None:
    for start, end in (("send_from", "send_until"), ("valid_from", "valid_until")):
        first, last = getattr(new, start), getattr(new, end)
        if first is not None and last is not None and first >= last:
            raise Invalid(end, "The end must come after the start")
    spans = [value for value in (new.lasts_days, new.lasts_minutes) if value is not None]
    if new.validity_mode != "fixed" and len(spans) != 1:
        raise Invalid("lasts_minutes", "Say how long it lasts: either in days or in minutes")


def _check_numbers(new: NewCoupon) -> None:
    least = {
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
    for field, low in least.items():
        value = getattr(new, field)
        if value is not None and not low <= value <= HIGHEST.get(field, 10_000_000):
            raise Invalid(
                field, f"Write a whole number from {low} to {HIGHEST.get(field, 10_000_000):,}"
            )
