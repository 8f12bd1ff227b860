"""Tables of coupons. Seen only by this package's actions and queries."""

from coupons.models.batch import CodeBatch, RejectedCode, StockJob, VoidJob
from coupons.models.claim import Claim, LimitRow
from coupons.models.coupon import Coupon, CouponStore, QuotaValue
from coupons.models.figures import CountedClaim, Figure, FigureCursor, FigureTotal, FigureZone
from coupons.models.history import CouponVersion
from coupons.models.quota_request import QuotaRequest
from coupons.models.redemption import PinAttempt, Redemption, StaffPin
from coupons.models.stock import Code, Unit
from coupons.models.till import PinGuess, PinHour, PinStore, RedemptionUnit, TillHold

__all__ = [
    "Claim",
    "Code",
    "CodeBatch",
    "CountedClaim",
    "Coupon",
    "CouponStore",
    "CouponVersion",
    "Figure",
    "FigureCursor",
    "FigureTotal",
    "FigureZone",
    "LimitRow",
    "PinAttempt",
    "PinGuess",
    "PinHour",
    "PinStore",
    "QuotaRequest",
    "QuotaValue",
    "Redemption",
    "RedemptionUnit",
    "RejectedCode",
    "StaffPin",
    "StockJob",
    "TillHold",
    "Unit",
    "VoidJob",
]
