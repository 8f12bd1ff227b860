"""A coupon that is not stored yet, and a claim of it nobody has: what previews are drawn from."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from coupons.design_facts import Design
from coupons.rules.codes import ean13_check
from coupons.rules.plan import NewCoupon
from coupons.rules.validity import Span, usable

NOBODY = UUID(int=0)
NUMBER = "ABCD2345EFGH"
TOKEN = "the-page-of-this-coupon"  # noqa: S105 (stands where a claim's token would)
EAN = "471000000001"
SAMPLES = {"ean_13": EAN + ean13_check(EAN), "code_39": "SAMPLE-39", "code_128": "SAMPLE-128"}
MOMENT = timedelta(minutes=1)


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """Whose coupon it is: what the workspace adds to a design."""

    workspace_id: UUID
    name: str
    zone: str
    language: str
    picture_key: str = ""


def design_of(plan: NewCoupon, shop: Shop) -> Design:
    """Return the design a plan would be, published."""
    facts: dict[str, Any] = {name: getattr(plan, name) for name in plan.__struct_fields__}
    facts |= {"id": NOBODY, "workspace_id": shop.workspace_id, "state": "published"}
    facts |= {
        "zone": shop.zone,
        "workspace_language": shop.language,
        "workspace_name": shop.name,
        "brand_image_key": plan.brand_image_key or shop.picture_key,
    }
    return Design(**facts)


def sample_code(plan: NewCoupon) -> str:
    """Return a code as a claim might carry it, which its barcode can carry."""
    return plan.fixed_code or SAMPLES.get(plan.code_format, "SAMPLE-1234")


def sample_codes(plan: NewCoupon) -> tuple[str, ...]:
    """Return as many codes as a claim carries."""
    return (sample_code(plan),) * (plan.code_columns if plan.code_mode == "pack" else 1)


def span_of(design: Design, now: datetime) -> Span:
    """Return when a claim made, and opened, now may be used."""
    return usable(design.validity, now, now) or Span()


def instant_in(span: Span, phase: str, now: datetime) -> datetime | None:
    """Return an instant before, during or after the span; None when there is none."""
    if phase == "before":
        return span.start - MOMENT if span.start is not None and span.start > now else None
    if phase == "after":
        return span.end
    if span.phase(now) == "before":
        return span.start
    return now if span.phase(now) == "during" or span.end is None else span.end - MOMENT
