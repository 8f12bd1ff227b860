"""Why a coupon was not given, opened or redeemed: one closed list that every screen and branch reads."""

from __future__ import annotations

from enum import StrEnum

from runtime.errors import Refused


class Refusal(StrEnum):
    """The codes; a sentence for each, in every language, is in `coupons.words`."""

    NOT_STARTED = "not_started"
    SENDING_ENDED = "sending_ended"
    DISABLED = "disabled"
    DRAFT = "draft"
    SOLD_OUT = "sold_out"
    CONTACT_LIMIT = "contact_limit"
    CONTACT_DAILY_LIMIT = "contact_daily_limit"
    MEMBER_QUOTA = "member_quota"
    NOT_PERMITTED = "not_permitted"
    CHANNEL_WINDOW_CLOSED = "channel_window_closed"
    CONTACT_UNREACHABLE = "contact_unreachable"
    FROZEN = "frozen"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    ALREADY_REDEEMED = "already_redeemed"
    GIVEN_AWAY = "given_away"
    VOIDED = "voided"
    RELEASED = "released"
    HELD = "held"
    NOT_REDEEMED = "not_redeemed"
    UNDO_ENDED = "undo_ended"
    WRONG_STORE = "wrong_store"
    WRONG_PIN = "wrong_pin"
    UNKNOWN_CODE = "unknown_code"
    REDEMPTION_LIMIT = "redemption_limit"
    CONTACT_REDEMPTION_LIMIT = "contact_redemption_limit"
    NOT_ELIGIBLE = "not_eligible"
    MINIMUM_SPEND = "minimum_spend"
    WRONG_PRODUCT = "wrong_product"
    THROTTLED = "throttled"
    PAYMENT_MISSING = "payment_missing"
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    ERROR = "error"


class CouponRefused(Refused):
    """A refusal raised to a caller who asked for one thing; `refusal` is the code as the enum."""

    def __init__(self, refusal: Refusal, text: str) -> None:
        super().__init__(refusal.value, text)
        self.refusal = refusal
