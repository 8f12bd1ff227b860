"""What of a coupon stays as it is once it has been saved, and once it is being given out."""

from __future__ import annotations

from collections.abc import Iterator

from coupons.rules.plan import NewCoupon
from coupons.rules.problems import Problem
from runtime.i18n import mark

SAVED = frozenset({"code_mode", "code_columns", "pack_kind", "code_shape"})
"""Fixed with the first save: codes may be loaded, and are made to these."""
GIVEN = SAVED | {
    "purpose",
    "benefit",
    "benefit_value",
    "minimum_spend",
    "product",
    "code_format",
    "fixed_code",
    "validity_mode",
    "starts_after_days",
    "lasts_days",
    "lasts_minutes",
}
"""Fixed with the publication: what was promised to whoever has one."""
CASH = frozenset({"benefit", "benefit_value", "quantity"})
SINCE_SAVED = mark("This is fixed since the first save: duplicate the coupon to choose another")
SINCE_GIVEN = mark("This is fixed since it was published: duplicate the coupon to choose another")
SINCE_CASH = mark("Amount and quantity of a cash coupon are fixed once it exists")


def locked(old: NewCoupon, state: str) -> frozenset[str]:
    """Return the fields of a stored coupon that may no longer change."""
    fields = SAVED if state == "draft" else GIVEN
    if old.fixed_code:
        fields |= {"fixed_code"}
    if old.benefit == "cash":
        fields |= CASH
    return fields


def broken(old: NewCoupon, new: NewCoupon, state: str) -> Iterator[Problem]:
    """Name the fields that were changed although they may not be."""
    for field in sorted(locked(old, state)):
        if getattr(old, field) != getattr(new, field):
            yield Problem(field, _why(field, old, state))


def _why(field: str, old: NewCoupon, state: str) -> str:
    if old.benefit == "cash" and field in CASH:
        return SINCE_CASH
    return SINCE_SAVED if state == "draft" else SINCE_GIVEN
