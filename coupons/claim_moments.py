"""What became of a contact's claims, instant by instant, for their timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from conversations.timeline import CLAIMS, END, Moment, Place
from runtime.database import Pool

# Behind every tie, which is a UUID and a digit; of an instant's own rows all come after it.
LAST = "~"
# A claim has a few instants only, so a contact's claims are all looked at, by their index.
MOMENTS = """
SELECT n.at, n.tie, n.what, k.conversation_id, k.number, c.name AS coupon_name, m.name AS member_name,
  n.store_name, n.who
FROM claim k JOIN coupon c ON c.id = k.coupon_id LEFT JOIN member m ON m.id = k.member_id
CROSS JOIN LATERAL (
  SELECT v.at, k.id::text || ':' || v.n AS tie, v.what, '' AS store_name, '' AS who FROM (VALUES
    (0, 'issued', k.issued_at), (1, 'opened', k.first_opened_at), (4, 'released', k.released_at),
    (5, 'voided', k.voided_at),
    (6, 'expired', CASE WHEN k.state = 'issued' AND k.valid_until <= $5 THEN k.valid_until END)) AS v (n, what, at)
  UNION ALL SELECT r.at, r.claim_id::text || ':' || r.id, CASE r.kind WHEN 'redeem' THEN 'redeemed' ELSE 'undone' END,
    r.store_name, r.who FROM redemption r WHERE r.claim_id = k.id
) n
WHERE k.contact_id = $1 AND k.workspace_id = $2 AND NOT k.test AND n.at IS NOT NULL
  AND (n.at, n.tie COLLATE "C") < ($3, $4 COLLATE "C")
ORDER BY n.at DESC, n.tie COLLATE "C" DESC LIMIT $6
"""


async def claim_moments(
    pool: Pool, who: tuple[UUID, UUID], after: Place | None, now: datetime, limit: int
) -> list[Moment]:
    """Return up to `limit` lines about the claims of `who`, a workspace's contact, newest first."""
    workspace_id, contact_id = who
    at, tie = (after.at, after.before(CLAIMS, "", LAST)) if after else (END, LAST)
    rows = await pool.fetch(MOMENTS, contact_id, workspace_id, at, tie, now, limit)
    return [_moment(row) for row in rows]


def _moment(row: Any) -> Moment:  # noqa: ANN401 (a database record)
    return Moment(
        at=row["at"],
        rank=CLAIMS,
        tie=row["tie"],
        what="claim",
        kind=row["what"],
        text=row["coupon_name"],
        conversation_id=row["conversation_id"],
        member_name=row["member_name"],
        number=row["number"],
        store_name=row["store_name"],
        who=row["who"],
    )
