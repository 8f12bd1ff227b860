"""The figures of a coupon as its claims themselves sum up to, whatever was kept of them."""

from __future__ import annotations

from coupons.rollups import RECOUNT, shares_of

FROM_CLAIMS = f"WITH share AS MATERIALIZED ({shares_of('claim k')} AND k.coupon_id = $1) {RECOUNT}"
