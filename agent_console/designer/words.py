"""Names of the designer's fields and choices."""

from __future__ import annotations

from collections.abc import Mapping

from runtime.i18n import mark

LABELS: Mapping[str, str] = {
    "name": mark("Name"),
    "purpose": mark("Purpose"),
    "stores": mark("Stores"),
    "benefit": mark("Kind of benefit"),
    "benefit_value": mark("Worth"),
    "minimum_spend": mark("Minimum spend"),
    "product": mark("Applicable product"),
    "card_text": mark("Line on the card"),
    "send_from": mark("Given out from"),
    "send_until": mark("Given out until"),
    "valid_from": mark("Usable from"),
    "valid_until": mark("Usable until"),
    "validity_mode": mark("Use period"),
    "period": mark("Use period"),
    "starts_after_days": mark("Days before it starts"),
    "lasts_days": mark("Days it lasts"),
    "lasts_minutes": mark("Minutes it lasts"),
    "code_mode": mark("Where codes come from"),
    "codes": mark("Codes"),
    "fixed_code": mark("The code"),
    "code_shape": mark("Shape of the codes"),
    "shape_kind": mark("Form of the codes"),
    "shape_alphabet": mark("Characters"),
    "shape_length": mark("Length in all"),
    "shape_prefix": mark("Begins with"),
    "shape_check": mark("Check character"),
    "code_columns": mark("Codes per claim"),
    "pack_kind": mark("Kind of pack"),
    "code_format": mark("Barcode"),
    "code_display": mark("What the page shows"),
    "copy_button": mark("Copy button"),
    "allow_code_in_chat": mark("Code in the chat"),
    "quantity": mark("How many in all"),
    "per_contact_limit": mark("Claims per customer"),
    "per_contact_daily_limit": mark("Claims per customer and day"),
    "redemption_limit": mark("Redemptions in all"),
    "per_contact_redemption_limit": mark("Redemptions per customer"),
    "default_quota": mark("Sends per member"),
    "quota_period": mark("Counted"),
    "rules": mark("Terms"),
    "notice_limit": mark("Notice: already claimed"),
    "notice_sold_out": mark("Notice: sold out"),
    "tag_on_claim": mark("Tag at the claim"),
    "tag_on_open": mark("Tag at the opening"),
    "tag_on_redeem": mark("Tag at redemption"),
    "colour_page": mark("Page background"),
    "colour_border": mark("Border"),
    "colour_button": mark("Button"),
    "colour_button_text": mark("Button text"),
    "brand_image_key": mark("Brand picture"),
    "image_key": mark("Coupon picture"),
    "image_url": mark("Coupon picture"),
    "button_text": mark("Words on the button"),
    "button_url": mark("Where the button leads"),
    "redeem_mode": mark("How it is redeemed"),
    "state": mark("State"),
    "claims": mark("Claims"),
}
CHOICES: Mapping[str, Mapping[str, str]] = {
    "purpose": {
        "service": mark("Service: staff send it in conversations"),
        "sales": mark("Sales: sellers send it for their stores"),
        "marketing": mark("Marketing: bots, links and broadcasts give it out"),
    },
    "benefit": {
        "generic": mark("General"),
        "discount": mark("Discount (percent off)"),
        "cash_value": mark("Cash value (amount off)"),
        "gift": mark("Gift"),
        "group_buy": mark("Group purchase"),
        "points": mark("Points"),
        "cash": mark("Cash"),
        "external": mark("External (another firm's coupon)"),
    },
    "code_mode": {
        "fixed": mark("One code for everybody"),
        "pack": mark("A pack of codes, imported from a file"),
        "generated": mark("Made beforehand, a code a claim"),
        "random": mark("Made at each claim"),
    },
    "shape_kind": {
        "readable": mark("12 letters and digits, none that look alike"),
        "mixed": mark("12 letters and digits, upper and lower case"),
        "digits": mark("12 digits"),
        "own": mark("A form of your own"),
    },
    "shape_check": {
        "none": mark("None"),
        "luhn": mark("A check character at the end"),
        "ean_13": mark("The check digit of EAN-13"),
    },
    "pack_kind": {"general": mark("Codes of a shop platform"), "line_points": mark("LINE POINTS")},
    "code_format": {
        "": mark("None, only text"),
        "qr": mark("QR code"),
        "code_39": mark("CODE 39"),
        "code_128": mark("CODE 128"),
        "ean_13": mark("EAN-13"),
    },
    "code_display": {
        "both": mark("Barcode and text"),
        "barcode": mark("Barcode only"),
        "text": mark("Text only"),
        "none": mark("No code, only a button"),
    },
    "quota_period": {
        "total": mark("in total"),
        "day": mark("a day"),
        "week": mark("a week"),
        "month": mark("a month"),
    },
    "redeem_mode": {
        "pin": mark("Staff enter their PIN on the customer's phone"),
        "self": mark("The customer presses a button"),
        "none": mark("Only at the till: no button"),
    },
    "validity_mode": {
        "fixed": mark("Fixed dates"),
        "claim": mark("From the claim"),
        "open": mark("From the first opening"),
    },
}
UNITS: Mapping[str, str] = {
    "minutes": mark("minutes"),
    "hours": mark("hours"),
    "days": mark("days"),
}
SHAPE = frozenset({"shape_kind", "shape_alphabet", "shape_length", "shape_prefix", "shape_check"})
ANCHORS: Mapping[str, str] = {
    "validity_mode": "period",
    "starts_after_days": "period",
    "lasts_days": "period",
    "lasts_minutes": "period",
    "codes": "code_mode",
    "code_shape": "shape_kind",
}
"""Where on the page a field's sentence stands, where that is not under its own name."""


def anchor(field: str) -> str:
    """Return the name of the input that `field` is about."""
    return ANCHORS.get(field, field)
