"""Sums of the coupons' figures over coupons, triggers and stores, by day and by month: for looks at a whole workspace.

They move in the transaction in which the figures do (coupons.rollups), so at any moment they equal a sum of them.
"""

from __future__ import annotations

from runtime.database import Pool

CELL = "workspace_id, grain, day, channel, member_id"
# Each sum goes to its day and to its month.
SPREAD = """
SELECT u.workspace_id, g.grain, g.day, u.channel, u.member_id, sum(u.claimed) AS claimed, sum(u.opened) AS opened,
  sum(u.redeemed) AS redeemed
FROM {rows} u
CROSS JOIN LATERAL (VALUES (0, u.day), (1, date_trunc('month', u.day)::date)) AS g (grain, day)
GROUP BY 1, 2, 3, 4, 5 HAVING (sum(u.claimed), sum(u.opened), sum(u.redeemed)) <> (0, 0, 0)
"""


def add(rows: str) -> str:
    """Return the statement that adds `rows` (workspace_id, day, channel, member_id, claimed, opened, redeemed)."""
    return f"""
INSERT INTO figure_total AS t ({CELL}, claimed, opened, redeemed) {SPREAD.format(rows=rows)}
ON CONFLICT ({CELL}) DO UPDATE SET claimed = t.claimed + excluded.claimed, opened = t.opened + excluded.opened,
  redeemed = t.redeemed + excluded.redeemed
"""


# Of one workspace, or of all (NULL).
EMPTY = "DELETE FROM figure_total WHERE $1::uuid IS NULL OR workspace_id = $1"
SUM_UP = add("(SELECT * FROM figure WHERE $1::uuid IS NULL OR workspace_id = $1)")
WRONG = f"""
WITH moved AS (
  SELECT {CELL}, sum(claimed) AS claimed, sum(opened) AS opened, sum(redeemed) AS redeemed FROM (
    SELECT {CELL}, claimed, opened, redeemed FROM figure_total
    UNION ALL SELECT {CELL}, -claimed, -opened, -redeemed FROM ({SPREAD.format(rows="figure")}) s
  ) d GROUP BY {CELL}
)
SELECT coalesce(w.name, m.workspace_id::text) AS name, count(*)::int AS n,
  min(format('%s of %s %s: claimed %s, opened %s, redeemed %s', CASE m.grain WHEN 0 THEN 'day' ELSE 'month' END, m.day,
    m.channel, m.claimed, m.opened, m.redeemed)) AS sample
FROM moved m LEFT JOIN workspace w ON w.id = m.workspace_id
WHERE (m.claimed, m.opened, m.redeemed) <> (0, 0, 0) GROUP BY m.workspace_id, w.name ORDER BY m.workspace_id
"""  # noqa: S608 (our own names)


async def audit_totals(pool: Pool) -> list[tuple[str, str]]:
    """Compare the totals of all workspaces with the sums of their figures; both are read in one snapshot.

    Returns (workspace's name, sentence) pairs, none when all is well.
    """
    return [
        (
            row["name"],
            f"figure totals: {row['n']} differ from the figures' sums, such as the {row['sample']} too many",
        )
        for row in await pool.fetch(WRONG)
    ]
