"""The order in which a member is offered coupons to send."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from coupons.queries import Offered

NEVER = datetime.max.replace(tzinfo=UTC)


def ranked(offers: Iterable[Offered]) -> list[Offered]:
    """Sort offers: what can be sent now comes first, then what ends soonest (what never ends last), then
    what this member has sent most, then by name.
    """
    return sorted(
        offers,
        key=lambda one: (
            not one.available,
            one.until or NEVER,
            -one.sent_ever,
            one.name.casefold(),
            one.coupon_id,
        ),
    )
