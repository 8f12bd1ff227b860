"""When a message that failed, or whose fate is unknown, may be sent once more: plain functions."""

from __future__ import annotations

from uuid import UUID

from runtime.errors import Refused


def why_not(state: str, error_code: str, claim_id: UUID | None) -> Refused | None:
    """Return why a message may not be sent again, None when it may by a member who knows the risk.

    Codes: already_resent, already_sent, taken_over, claim_released.
    """
    if error_code == "resent":
        return Refused("already_resent", "This message was already sent again")
    if state not in {"failed", "unknown"}:
        return Refused("already_sent", "This message has arrived after all")
    if error_code == "taken_over":
        return Refused("taken_over", "A person took over before the bot could send this")
    if claim_id and state == "failed":
        return Refused(
            "claim_released", "The coupon went back to stock: send it from the coupon list"
        )
    return None


def why_not_among_many(state: str, *, partly: bool) -> Refused | None:
    """Return why a message that may be sent again should not be without a look at it: what may have
    arrived, whole or (`partly`) in parts, would arrive twice. Codes: may_have_arrived, partly_sent.
    """
    if state == "unknown":
        return Refused("may_have_arrived", "It may have arrived: send it again by its own button")
    if partly:
        return Refused("partly_sent", "A part of it has arrived: send it again by its own button")
    return None
