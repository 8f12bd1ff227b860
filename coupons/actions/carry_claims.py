"""A customer's claims follow when two contacts are merged, and go back when they are separated.

Counts are moved, not made anew: whoever claims for the contact that stays at this very moment counts itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from coupons.rules.quota import ALWAYS
from runtime.database import Connection

# Claims before limits, as tills and releases lock them.
LOCK_CLAIMS = "SELECT id FROM claim WHERE contact_id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE"
LOCK_LIMITS = """
SELECT id FROM limit_row WHERE subject = ANY ($2::text[])
  AND coupon_id IN (SELECT DISTINCT coupon_id FROM claim WHERE contact_id = ANY ($1::uuid[]))
ORDER BY subject, coupon_id, period_start FOR UPDATE
"""
OF = "SELECT id, conversation_id FROM claim WHERE contact_id = $1 ORDER BY id"
BACK = """
SELECT id FROM claim WHERE contact_id = $1 AND (id = ANY ($2::uuid[]) OR conversation_id = ANY ($3::uuid[]))
ORDER BY id
"""
CELLS = """
SELECT 'c:' AS kind, coupon_id, $2::timestamptz AS period_start, count(*)::int AS n FROM claim
  WHERE id = ANY ($1::uuid[]) AND NOT test AND state <> 'released' GROUP BY coupon_id
UNION ALL SELECT 'd:', coupon_id, period_start, count(*)::int FROM claim
  WHERE id = ANY ($1::uuid[]) AND NOT test AND state <> 'released' AND period_start IS NOT NULL
  GROUP BY coupon_id, period_start
UNION ALL SELECT 'r:', coupon_id, $2, count(*)::int FROM claim
  WHERE id = ANY ($1::uuid[]) AND NOT test AND state = 'redeemed' GROUP BY coupon_id
"""
# The hash tells another request under one key: it must go on to know this contact (read_claim_facts.request_hash).
MOVE = """
UPDATE claim SET contact_id = $2, request_hash = substr(sha256(uuid_send(coupon_id) || uuid_send($2::uuid)), 1, 16)
WHERE id = ANY ($1::uuid[])
"""
TAKE_OFF = """
UPDATE limit_row l SET count = greatest(l.count - u.n, 0)
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::int[]) AS u (coupon, subject, since, n)
WHERE l.coupon_id = u.coupon AND l.subject = u.subject AND l.period_start = u.since
"""
ADD_TO = """
INSERT INTO limit_row (coupon_id, subject, period_start, count)
SELECT coupon, subject, since, n FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::int[])
  AS u (coupon, subject, since, n) ORDER BY subject, coupon, since
ON CONFLICT (coupon_id, subject, period_start) DO UPDATE SET count = limit_row.count + excluded.count
"""
KINDS = ("c:", "d:", "r:")


class ClaimCarrier:
    """Carries claims, and the counts of their limits, from contact to contact."""

    async def lock(self, tx: Connection, people: Sequence[UUID]) -> None:
        """Lock the claims of `people` and the rows that count them."""
        await tx.execute(LOCK_CLAIMS, list(people))
        subjects = [f"{kind}{one}" for kind in KINDS for one in people]
        await tx.execute(LOCK_LIMITS, list(people), subjects)

    async def merge(
        self, tx: Connection, gone: UUID, kept: UUID, chats: Sequence[UUID]
    ) -> Mapping[str, Any]:
        """Move all claims of `gone`; return those that no conversation of theirs would lead back."""
        rows = await tx.fetch(OF, gone)
        await _move(tx, [row["id"] for row in rows], gone, kept)
        own = set(chats)
        return {"claims": [str(row["id"]) for row in rows if row["conversation_id"] not in own]}

    async def separate(
        self,
        tx: Connection,
        back: UUID,
        kept: UUID,
        chats: Sequence[UUID],
        facts: Mapping[str, Any],
    ) -> None:
        """Move back what `merge` moved, and claims sent since in the chats that go back."""
        named = [UUID(one) for one in facts["claims"]]
        rows = await tx.fetch(BACK, kept, named, list(chats))
        await _move(tx, [row["id"] for row in rows], kept, back)


async def _move(tx: Connection, claims: Sequence[UUID], of: UUID, to: UUID) -> None:
    """Move claims and what they count; no row of a limit is made for a count of nought."""
    if not claims:
        return
    await tx.execute(MOVE, list(claims), to)
    # Counted once they are all locked: a till may redeem one until then.
    cells = [row for row in await tx.fetch(CELLS, list(claims), ALWAYS) if row["n"]]
    await tx.execute(TAKE_OFF, *_columns(cells, of))
    await tx.execute(ADD_TO, *_columns(cells, to))


def _columns(cells: Sequence[Any], whose: UUID) -> tuple[list[Any], ...]:
    return (
        [row["coupon_id"] for row in cells],
        [f"{row['kind']}{whose}" for row in cells],
        [row["period_start"] for row in cells],
        [row["n"] for row in cells],
    )
