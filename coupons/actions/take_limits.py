"""Count claims against limits and quotas: one row a subject, both branches of the upsert tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from coupons.rules.quota import ALWAYS
from runtime.database import Connection

UNLIMITED = 2**31 - 1
RETRIES = 5

TAKE = """
WITH want AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::int[], $5::int[])
    AS u (coupon_id, subject, period_start, n, ceiling)
), held AS (
  SELECT l.id, w.coupon_id, w.subject, w.period_start,
    greatest(least(w.n, w.ceiling - l.count), 0) AS granted
  FROM (SELECT * FROM want ORDER BY subject, coupon_id, period_start) w CROSS JOIN LATERAL (
    SELECT id, count FROM limit_row r
    WHERE (r.coupon_id, r.subject, r.period_start) = (w.coupon_id, w.subject, w.period_start) FOR UPDATE) l
), raised AS (
  UPDATE limit_row l SET count = l.count + held.granted FROM held
  WHERE l.id = held.id AND held.granted > 0
), fresh AS (
  INSERT INTO limit_row (coupon_id, subject, period_start, count)
  SELECT w.coupon_id, w.subject, w.period_start, least(w.n, w.ceiling) FROM want w
  WHERE w.ceiling > 0
    AND (w.coupon_id, w.subject, w.period_start) NOT IN (SELECT coupon_id, subject, period_start FROM held)
  ORDER BY w.subject, w.coupon_id, w.period_start
  ON CONFLICT (coupon_id, subject, period_start) DO NOTHING
  RETURNING coupon_id, subject, period_start, count AS granted
)
SELECT coupon_id, subject, period_start, granted FROM held
UNION ALL SELECT coupon_id, subject, period_start, granted FROM fresh
"""
GIVE_BACK = """
WITH held AS (
  SELECT l.id, u.n FROM limit_row l
  JOIN unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::int[])
    AS u (coupon_id, subject, period_start, n) USING (coupon_id, subject, period_start)
  ORDER BY l.subject, l.coupon_id, l.period_start FOR UPDATE OF l
)
UPDATE limit_row l SET count = greatest(l.count - held.n, 0) FROM held WHERE l.id = held.id
"""


class Subject(msgspec.Struct, frozen=True, order=True):
    """What a limit counts for: `c:` a contact, `d:` a contact's day, `m:` a member (see LimitRow)."""

    subject: str
    coupon_id: UUID
    period_start: datetime = ALWAYS


def contact_subject(coupon_id: UUID, contact_id: UUID) -> Subject:
    """Return the row of the per-contact limit."""
    return Subject(f"c:{contact_id}", coupon_id)


def day_subject(coupon_id: UUID, contact_id: UUID, period_start: datetime) -> Subject:
    """Return the row of the per-contact limit of one day."""
    return Subject(f"d:{contact_id}", coupon_id, period_start)


def member_subject(coupon_id: UUID, member_id: UUID, period_start: datetime) -> Subject:
    """Return the row of a member's quota in the period that began then."""
    return Subject(f"m:{member_id}", coupon_id, period_start)


async def take_limits(
    tx: Connection, wants: Sequence[tuple[Subject, int | None]]
) -> Counter[Subject]:
    """Count one claim for each (subject, limit) and return how many of each subject were granted.

    A limit of None counts without refusing. Rows stay locked until the transaction ends.
    """
    granted: Counter[Subject] = Counter()
    wanted = Counter(subject for subject, _ in wants)
    ceilings = {s: UNLIMITED if limit is None else limit for s, limit in wants}
    for _ in range(RETRIES):
        pending = sorted(wanted)
        if not pending:
            break
        rows = await tx.fetch(
            TAKE, *columns(pending), [wanted[s] for s in pending], [ceilings[s] for s in pending]
        )
        for row in rows:
            subject = Subject(row["subject"], row["coupon_id"], row["period_start"])
            granted[subject] += row["granted"]
            del wanted[subject]
        for subject in [s for s in wanted if ceilings[s] <= 0]:
            del wanted[subject]
        # What remains met a rival's row that was not there at first: it is there, committed, now.
    return granted


async def give_back(tx: Connection, subjects: Sequence[Subject]) -> None:
    """Take one claim off each subject's count, as often as it is named."""
    counts = Counter(subjects)
    if counts:
        ordered = sorted(counts)
        await tx.execute(GIVE_BACK, *columns(ordered), [counts[s] for s in ordered])


def columns(subjects: Sequence[Subject]) -> tuple[list[UUID], list[str], list[datetime]]:
    """Return the subjects as the three arrays that the statements join on."""
    return (
        [s.coupon_id for s in subjects],
        [s.subject for s in subjects],
        [s.period_start for s in subjects],
    )
