"""What of a coupon's limits is used already: none may be lowered below that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from coupons.rules.plan import NewCoupon
from coupons.rules.problems import Problem
from coupons.rules.validity import midnight
from runtime.database import Connection, Pool
from runtime.i18n import mark

USED = """
SELECT
  CASE WHEN EXISTS (SELECT 1 FROM unit WHERE coupon_id = $1)
    THEN (SELECT count(*) FROM unit WHERE coupon_id = $1 AND state IN ('issued', 'void'))
    ELSE (SELECT count(*) FROM claim WHERE coupon_id = $1 AND NOT test AND state <> 'released')
  END AS quantity,
  (SELECT coalesce(max(count), 0) FROM limit_row WHERE coupon_id = $1 AND subject LIKE 'c:%')
    AS per_contact_limit,
  (SELECT coalesce(max(count), 0) FROM limit_row WHERE coupon_id = $1 AND subject LIKE 'd:%'
    AND period_start >= $2) AS per_contact_daily_limit,
  (SELECT coalesce(max(count), 0) FROM limit_row l WHERE coupon_id = $1 AND subject LIKE 'm:%'
    AND period_start = (SELECT max(period_start) FROM limit_row
      WHERE coupon_id = $1 AND subject LIKE 'm:%')
    AND NOT EXISTS (SELECT 1 FROM quota_value q JOIN member m ON m.id::text = substr(l.subject, 3)
      WHERE q.coupon_id = $1 AND q.who IN (m.id::text, m.role))) AS default_quota,
  (SELECT count(*) FROM claim WHERE coupon_id = $1 AND NOT test AND state = 'redeemed')
    AS redemption_limit,
  (SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM claim
    WHERE coupon_id = $1 AND NOT test AND state = 'redeemed' GROUP BY contact_id) r)
    AS per_contact_redemption_limit
"""
SENTENCES: Mapping[str, str] = {
    "quantity": mark("%(used)s are claimed already: write %(used)s or more"),
    "per_contact_limit": mark("A customer already has %(used)s: write %(used)s or more"),
    "per_contact_daily_limit": mark(
        "A customer already has %(used)s today: write %(used)s or more"
    ),
    "default_quota": mark("A member has already sent %(used)s: write %(used)s or more"),
    "redemption_limit": mark("%(used)s are redeemed already: write %(used)s or more"),
    "per_contact_redemption_limit": mark(
        "A customer has already redeemed %(used)s: write %(used)s or more"
    ),
}


async def used(
    db: Pool | Connection, coupon_id: UUID, zone: str, now: datetime
) -> Mapping[str, int]:
    """Return the highest use of each limit, by the coupon's field."""
    return dict(await db.fetchrow(USED, coupon_id, midnight(now, zone)))


def lowered_too_far(old: NewCoupon, new: NewCoupon, used_up: Mapping[str, int]) -> list[Problem]:
    """Name each limit that was lowered below what is used, with the figure."""
    found = []
    for field, sentence in SENTENCES.items():
        before, after, floor = getattr(old, field), getattr(new, field), used_up[field]
        lower = after is not None and (before is None or after < before)
        if lower and after < floor:
            found.append(Problem(field, sentence, {"used": f"{floor:,}"}))
    return found
