"""What a saved draft still lacks before it can be published."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from coupons.rules.code_shape import BadShape, refuse, shape_of
from coupons.rules.plan import NewCoupon
from coupons.rules.problems import Problem
from coupons.rules.symbology import undrawable
from runtime.i18n import mark

NO_CODE = mark("Write the code customers redeem, or show none")
UNDRAWABLE = mark("This barcode cannot carry the code: choose another barcode or code")
NO_PACK = mark("Load codes into the pack")
NO_QUANTITY = mark("Say how many codes to make")
NO_END = mark("Say until when it may be used")
NO_STORES = mark("Choose the stores it holds in")
NO_FEATURE = mark("Sales coupons are switched off for this workspace")
NO_PAYMENT = mark("Cash coupons need payments, which are switched off for this workspace")
NO_VALUE = mark("Say how much it is worth")
NO_AMOUNT = mark("Say how many there are in all")


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing depends on beside the coupon itself: how many codes its pack has, how many stores
    it names, and the workspace's features that are on.
    """

    codes: int = 0
    stores: int = 0
    features: frozenset[str] = frozenset()


def missing(plan: NewCoupon, around: Surroundings) -> list[Problem]:
    """Return what is still to do, in the order of the form; nothing when it can be published."""
    return [*_basics(plan, around), *_validity(plan), *_codes(plan, around)]


def _basics(plan: NewCoupon, around: Surroundings) -> Iterator[Problem]:
    if plan.purpose == "sales":
        if "sales_types" not in around.features:
            yield Problem("purpose", NO_FEATURE)
        if not around.stores:
            yield Problem("stores", NO_STORES)
    if plan.benefit == "cash" and "payment" not in around.features:
        yield Problem("benefit", NO_PAYMENT)
    if plan.benefit in {"cash", "cash_value", "discount", "points"} and plan.benefit_value is None:
        yield Problem("benefit_value", NO_VALUE)
    if plan.benefit == "cash" and plan.quantity is None:
        yield Problem("quantity", NO_AMOUNT)


def _validity(plan: NewCoupon) -> Iterator[Problem]:
    if plan.validity_mode == "fixed" and plan.valid_until is None:
        yield Problem("valid_until", NO_END)


def _codes(plan: NewCoupon, around: Surroundings) -> Iterator[Problem]:
    if plan.code_mode == "fixed" and not plan.fixed_code and plan.code_display != "none":
        yield Problem("fixed_code", NO_CODE)
    elif plan.code_mode == "fixed" and undrawable(plan.fixed_code, plan.code_format):
        yield Problem("code_format", UNDRAWABLE)
    if plan.code_mode == "pack" and not around.codes:
        yield Problem("codes", NO_PACK)
    if plan.code_mode == "generated" and not plan.quantity:
        yield Problem("quantity", NO_QUANTITY)
    if plan.code_mode in {"generated", "random"}:
        yield from _shape(plan)


def _shape(plan: NewCoupon) -> Iterator[Problem]:
    try:
        why = refuse(shape_of(plan.code_shape), plan.quantity, plan.code_format)
    except BadShape as error:
        why = error.why
    if why is not None:
        yield Problem("code_shape", why.text, why.values)
