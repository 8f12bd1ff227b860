"""What the pages of quotas say: sentences of the actions behind them, too."""

from __future__ import annotations

from runtime.i18n import mark

# Said by coupons.actions, shown by these pages.
PROBLEMS = (
    mark("Write a whole number from 0 to 10,000,000, or leave it empty"),
    mark("Write a whole number from 1 to 1,000"),
    mark("Write at most 300 characters"),
    mark("Write why, so that they know"),
)
TICK_BOTH = mark("Tick people and coupons first.")
ASKED = mark("Your request is with the supervisors.")
GRANTED = mark("You may send %(count)s more of “%(coupon)s”.")
DECLINED = mark("No more of “%(coupon)s” for now: %(words)s")
EVERY_PURPOSE = {"": mark("service and sales"), "service": mark("service"), "sales": mark("sales")}
