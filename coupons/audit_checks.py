"""What the audit compares, row by row: each check returns what is wrong as (what, is, should), sample first.

A check is one statement over one coupon ($1), run in the audit's snapshot; no row means that all is well.
"""

from __future__ import annotations

from typing import Any

import msgspec

from coupons.rollups import CELL, cells, shares_of


class Check(msgspec.Struct, frozen=True):
    """`text` says what is wrong, with the columns of the row that `query` returns."""

    text: str
    query: str

    def sentence(self, row: Any) -> str:  # noqa: ANN401 (a database record)
        """Return what is wrong, in words."""
        return self.text.format(**dict(row))


def worst(rows: str, order: str) -> str:
    """Return a statement giving the first of the wrong `rows` and how many there are; none when none is."""
    return f"SELECT *, count(*) OVER () AS n FROM ({rows}) wrong ORDER BY {order} LIMIT 1"  # noqa: S608 (our own checks)


UNITS = worst(
    """
SELECT u.seq AS unit, u.state AS unit_state, coalesce(k.state, 'none') AS claim_state
FROM (SELECT * FROM unit WHERE coupon_id = $1) u
FULL JOIN (SELECT * FROM claim WHERE coupon_id = $1 AND unit_id IS NOT NULL AND NOT test) k ON k.unit_id = u.id
WHERE NOT (k.id IS NULL AND u.state <> 'issued'
  OR u.state = 'issued' AND coalesce(k.state, '') IN ('issued', 'redeemed', 'given_away')
  OR u.state = 'void' AND coalesce(k.state, '') IN ('voided', 'released'))
""",
    "unit",
)
CODES = worst(
    """
SELECT k.number, k.code AS given, o.text AS unit_code
FROM claim k JOIN unit u ON u.id = k.unit_id JOIN code o ON o.id = u.code_id
WHERE k.coupon_id = $1 AND k.code <> o.text
""",
    "number",
)
ALWAYS = "'1970-01-01T00:00:00Z'::timestamptz"
# What each limit row should say, by the claims that hold it.
LIMITS = worst(
    f"""
SELECT coalesce(l.subject, s.subject) AS subject, coalesce(l.period_start, s.period_start) AS period,
  coalesce(l.count, 0) AS counted, coalesce(s.count, 0) AS claims
FROM (SELECT * FROM limit_row WHERE coupon_id = $1 AND subject ~ '^[cdmr]:') l
FULL JOIN (
  SELECT 'c:' || contact_id AS subject, {ALWAYS} AS period_start, count(*) AS count FROM claim
    WHERE coupon_id = $1 AND NOT test AND state <> 'released' GROUP BY 1
  UNION ALL SELECT 'd:' || contact_id, period_start, count(*) FROM claim
    WHERE coupon_id = $1 AND NOT test AND state <> 'released' AND period_start IS NOT NULL GROUP BY 1, 2
  UNION ALL SELECT 'm:' || member_id, coalesce(quota_period_start, {ALWAYS}), count(*) FROM claim
    WHERE coupon_id = $1 AND NOT test AND state <> 'released' AND member_id IS NOT NULL GROUP BY 1, 2
  UNION ALL SELECT 'r:' || contact_id, {ALWAYS}, count(*) FROM claim
    WHERE coupon_id = $1 AND NOT test AND state = 'redeemed' GROUP BY 1
) s ON s.subject = l.subject AND s.period_start = l.period_start
WHERE coalesce(l.count, 0) <> coalesce(s.count, 0)
""",  # noqa: S608 (constants)
    "subject, period",
)
LEDGER = worst(
    """
SELECT k.number, k.state, count(r.id) FILTER (WHERE r.kind = 'redeem') AS redeemed,
  count(r.id) FILTER (WHERE r.kind = 'undo') AS undone
FROM claim k LEFT JOIN redemption r ON r.claim_id = k.id
WHERE k.coupon_id = $1 AND NOT k.test GROUP BY k.id
HAVING count(r.id) FILTER (WHERE r.kind = 'redeem') - count(r.id) FILTER (WHERE r.kind = 'undo')
  <> CASE WHEN k.state = 'redeemed' THEN 1 ELSE 0 END
""",
    "number",
)
TILL_UNITS = worst(
    """
SELECT coalesce(k.number, '?') AS number, coalesce(k.state, 'none') AS state, u.seq AS unit
FROM (SELECT * FROM redemption_unit WHERE coupon_id = $1 AND state = 'used') u
FULL JOIN (SELECT k.* FROM claim k JOIN coupon c ON c.id = k.coupon_id
  WHERE k.coupon_id = $1 AND NOT k.test AND k.state = 'redeemed' AND c.redemption_limit IS NOT NULL) k
  ON k.id = u.claim_id
WHERE u.id IS NULL OR (k.id IS NULL AND NOT EXISTS (
  SELECT 1 FROM claim o WHERE o.id = u.claim_id AND o.state = 'redeemed'))
""",
    "number",
)
# Claims whose change the follower has still before it are left out on both sides: what it has counted of
# them comes off the figures, and the recount passes them over. So nothing differs only because it is late.
FIGURES = worst(
    f"""
WITH pending AS MATERIALIZED (
  SELECT DISTINCT e.subject AS id FROM feed e, figure_cursor p
  WHERE p.name = 'claims' AND e.kind = 'claim' AND (e.xid, e.id) > (p.xid::text::xid8, p.feed_id)
), share AS MATERIALIZED ({shares_of("claim k")} AND k.coupon_id = $1 AND k.id NOT IN (SELECT id FROM pending)),
late AS MATERIALIZED (SELECT c.* FROM counted_claim c JOIN pending USING (id) WHERE c.coupon_id = $1),
told AS (
  SELECT {CELL}, sum(claimed) AS claimed, sum(opened) AS opened, sum(redeemed) AS redeemed, sum(voided) AS voided
  FROM (SELECT {CELL}, claimed, opened, redeemed, voided FROM figure WHERE coupon_id = $1
    UNION ALL SELECT {CELL}, -claimed, -opened, -redeemed, -voided FROM ({cells("late")}) m) t GROUP BY {CELL}
), counted AS (
  SELECT {CELL}, sum(claimed) AS claimed, sum(opened) AS opened, sum(redeemed) AS redeemed, sum(voided) AS voided
  FROM ({cells("share")}) c GROUP BY {CELL}
), moved AS (
  SELECT {CELL}, sum(claimed) AS claimed, sum(opened) AS opened, sum(redeemed) AS redeemed, sum(voided) AS voided
  FROM (SELECT {CELL}, claimed, opened, redeemed, voided FROM told
    UNION ALL SELECT {CELL}, -claimed, -opened, -redeemed, -voided FROM counted) d GROUP BY {CELL}
)
SELECT day, channel, trigger_kind, claimed, opened, redeemed, voided FROM moved
WHERE (claimed, opened, redeemed, voided) <> (0, 0, 0, 0) AND EXISTS (SELECT 1 FROM figure_cursor)
  AND NOT EXISTS (SELECT 1 FROM coupon c JOIN workspace w ON w.id = c.workspace_id
    JOIN figure_zone z ON z.workspace_id = w.id WHERE c.id = $1 AND z.zone <> w.zone)
""",  # noqa: S608 (constants)
    "day, channel, trigger_kind",
)
CHECKS = (
    Check(
        "units: {n} do not agree with their claims, such as unit {unit} ({unit_state}), claim {claim_state}",
        UNITS,
    ),
    Check("codes: {n} claims carry a code that is not their unit's, such as claim {number}", CODES),
    Check(
        "quota and limits: {n} rows do not equal the claims that used them,"
        " such as {subject}: {counted} counted, {claims} used",
        LIMITS,
    ),
    Check(
        "ledger: {n} claims do not agree with their redemptions,"
        " such as claim {number} ({state}): {redeemed} redeemed, {undone} undone",
        LEDGER,
    ),
    Check(
        "redemption units: {n} do not agree with redeemed claims, such as claim {number} ({state})",
        TILL_UNITS,
    ),
    Check(
        "figures: {n} cells differ from a recount, such as {day} {channel} {trigger_kind}:"
        " claimed {claimed:+}, opened {opened:+}, redeemed {redeemed:+}, voided {voided:+} too many",
        FIGURES,
    ),
)
"""Every comparison of the audit but that of the stock, which needs no statement of its own."""
