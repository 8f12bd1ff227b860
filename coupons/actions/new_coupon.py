"""A coupon in the making: its value, and the one error a caller without a form is told."""

from __future__ import annotations

from coupons.rules.plan import BENEFITS, CHOICES, PURPOSES, NewCoupon
from coupons.rules.problems import problems
from runtime.errors import Invalid

__all__ = ["BENEFITS", "CHOICES", "PURPOSES", "NewCoupon", "check"]


def check(new: NewCoupon) -> None:
    """Raise Invalid, naming the first field that is wrong, unless the coupon makes sense."""
    for problem in problems(new):
        raise Invalid(problem.field, str(problem))
