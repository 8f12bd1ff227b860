"""What a coupon is made of, as a plain value, and what each choice may be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

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
COLOURS = ("colour_page", "colour_border", "colour_button", "colour_button_text")
NOTICES = ("notice_limit", "notice_sold_out")
LONGEST: Mapping[str, int] = {
    "name": 120,
    "product": 120,
    "card_text": 300,
    "rules": 1000,
    "button_text": 40,
    "button_url": 600,
    "image_url": 600,
    "fixed_code": 100,
    "notice_limit": 500,
    "notice_sold_out": 500,
    "tag_on_claim": 60,
    "tag_on_open": 60,
    "tag_on_redeem": 60,
}
"""Characters at most."""


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
