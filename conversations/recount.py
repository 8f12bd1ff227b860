"""The figures of conversations counted from their messages by SQL alone: a second opinion on conversations.counting.

Looks at all that was ever written and takes its time: for the audit and the tests, never for a page. Only what
the roll-ups have come to is counted, so that nothing differs merely because it is late.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from conversations.durations import BOUNDS
from conversations.rollups_sql import WHAT
from runtime.database import Connection, Pool

# The rows that count, and how often their conversation was closed before each.
COUNTED = f"""
rows AS MATERIALIZED (
  SELECT *, count(*) FILTER (WHERE what = 'closed') OVER past AS stretch FROM (
    SELECT m.conversation_id AS c, m.seq, {WHAT} AS what, m.provider_at AS at, m.member_id, m.trigger, m.request_id,
      (m.provider_at AT TIME ZONE b.zone)::date AS day, a.channel, v.chat_type = 'direct' AS direct,
      extract(hour FROM m.provider_at AT TIME ZONE b.zone)::int AS hour
    FROM figure_book b JOIN counted_chat k ON k.workspace_id = b.workspace_id AND k.generation = b.generation
    JOIN conversation v ON v.id = k.conversation_id JOIN channel_account a ON a.id = v.account_id
    JOIN message m ON m.conversation_id = v.id AND m.seq <= k.seq WHERE b.workspace_id = $1
  ) r WHERE what <> ''
  WINDOW past AS (PARTITION BY c ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)"""  # noqa: S608 (our own names)
# Of each stretch: who answered first, the bot's answers before that, and the words each of those answered.
WAITS = f"""
WITH {COUNTED}, said AS (
  SELECT *, max(seq) FILTER (WHERE what = 'customer') OVER w AS words FROM rows WHERE direct
  WINDOW w AS (PARTITION BY c, stretch ORDER BY seq)
), ends AS (
  SELECT c, stretch, min(seq) FILTER (WHERE what IN ('member', 'elsewhere') AND words IS NOT NULL) AS person,
    min(seq) FILTER (WHERE what = 'closed') AS closing FROM said GROUP BY c, stretch
), early AS (
  SELECT s.*, coalesce(e.person, e.closing, 9223372036854775807) AS ending,
    s.what = 'bot' AND s.trigger NOT IN ('away', 'idle') AND s.request_id = q.request_id AS settles
  FROM said s JOIN ends e USING (c, stretch) LEFT JOIN message q ON q.conversation_id = s.c AND q.seq = s.words
), turns AS (
  SELECT *, count(*) FILTER (WHERE settles) OVER (PARTITION BY c, stretch ORDER BY seq
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS turn FROM early WHERE seq < ending
), asked AS (
  SELECT c, stretch, turn, min(at) FILTER (WHERE what = 'customer' AND first) AS at,
    max(at) FILTER (WHERE settles) AS settled_at, max(day) FILTER (WHERE settles) AS settled_on, max(channel) AS channel
  FROM (SELECT *, seq = min(seq) FILTER (WHERE what = 'customer') OVER (PARTITION BY c, stretch, turn) AS first
    FROM turns) t GROUP BY c, stretch, turn
), open AS (
  SELECT DISTINCT ON (c, stretch) c, stretch, at FROM asked WHERE settled_at IS NULL AND at IS NOT NULL
  ORDER BY c, stretch, turn DESC
), last AS (
  SELECT DISTINCT ON (c, stretch) c, stretch, at FROM turns WHERE what = 'customer' ORDER BY c, stretch, seq DESC
), begun AS (
  SELECT e.*, coalesce(o.at, l.at) AS answered_from, CASE WHEN e.person IS NULL THEN o.at ELSE coalesce(o.at, l.at) END
    AS closed_from
  FROM ends e LEFT JOIN open o USING (c, stretch) LEFT JOIN last l USING (c, stretch)
), waits AS (
  SELECT 0 AS measure, p.day, p.channel, NULL::uuid AS member, p.at - b.answered_from AS took
  FROM begun b JOIN rows p ON p.c = b.c AND p.seq = b.person
  UNION ALL SELECT 3, p.day, p.channel, p.member_id, p.at - b.answered_from
  FROM begun b JOIN rows p ON p.c = b.c AND p.seq = b.person AND p.what = 'member' AND p.member_id IS NOT NULL
  UNION ALL SELECT 1, settled_on, channel, NULL, settled_at - at FROM asked
  WHERE settled_at IS NOT NULL AND at IS NOT NULL
  UNION ALL SELECT 2, p.day, p.channel, NULL, p.at - b.closed_from
  FROM begun b JOIN rows p ON p.c = b.c AND p.seq = b.closing WHERE b.closed_from IS NOT NULL
)
SELECT measure, day, channel, coalesce(member, '00000000-0000-0000-0000-000000000000') AS member_id,
  width_bucket(greatest(floor(extract(epoch FROM took)), 0), $2::numeric[])::int AS bucket, count(*) AS n
FROM waits GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 (our own names)
MESSAGES = f"""
WITH {COUNTED}
SELECT day, hour, channel, count(*) FILTER (WHERE what = 'customer') AS customers,
  count(*) FILTER (WHERE what = 'bot') AS bot, count(*) FILTER (WHERE what = 'member') AS members,
  count(*) FILTER (WHERE what = 'elsewhere') AS elsewhere
FROM rows WHERE what <> 'closed' GROUP BY 1, 2, 3
"""  # noqa: S608 (our own names)
ANSWERS = f"""
WITH {COUNTED}, first AS (
  SELECT *, seq = min(seq) OVER (PARTITION BY c, stretch, member_id) AS handled
  FROM rows WHERE what = 'member' AND member_id IS NOT NULL
)
SELECT day, channel, member_id, count(*) AS answers, count(*) FILTER (WHERE handled) AS handled
FROM first GROUP BY 1, 2, 3
"""  # noqa: S608 (our own names)
CELLS = {
    "message_figure": ("day, hour, channel", "customers, bot, members, elsewhere", MESSAGES),
    "time_figure": ("measure, day, channel, member_id, bucket", "n", WAITS),
    "member_figure": ("day, channel, member_id", "answers, handled", ANSWERS),
}


def _differences(table: str, cell: str, sums: str, recount: str) -> str:
    """Return the statement that finds the cells of a table that differ, days and months."""
    names = [name.strip() for name in sums.split(",")]
    more = ", ".join(f"sum({name}) AS {name}" for name in names)
    less = ", ".join(f"-{name}" for name in names)
    months = cell.replace("day", "date_trunc('month', day)::date")
    zeros = ", ".join("0" for _ in names)
    return f"""
WITH recounted AS MATERIALIZED ({recount}), kept AS (
  SELECT f.* FROM {table} f JOIN figure_book b USING (workspace_id, generation) WHERE f.workspace_id = $1
), moved AS (
  SELECT grain, {cell}, {more} FROM (
    SELECT grain, {cell}, {sums} FROM kept
    UNION ALL SELECT 0, {cell}, {less} FROM recounted UNION ALL SELECT 1, {months}, {less} FROM recounted
  ) d GROUP BY grain, {cell}
)
SELECT count(*)::int AS n, (SELECT m::text FROM moved m WHERE ({sums}) <> ({zeros}) ORDER BY 1 LIMIT 1) AS sample
FROM moved WHERE ({sums}) <> ({zeros})
"""  # noqa: S608 (our own names)


# A message behind what its conversation is counted to, although nothing in the feed still leads there.
FORGOTTEN = """
WITH place AS MATERIALIZED (SELECT xid, feed_id FROM chat_figure_cursor WHERE name = 'chats')
SELECT count(*)::int AS n, min(c.id::text) AS sample
FROM figure_book b JOIN conversation c ON c.workspace_id = b.workspace_id
LEFT JOIN counted_chat k ON k.conversation_id = c.id AND k.generation = b.generation
WHERE b.workspace_id = $1 AND EXISTS (SELECT 1 FROM place)
  AND EXISTS (SELECT 1 FROM message m WHERE m.conversation_id = c.id AND m.seq > coalesce(k.seq, 0))
  AND NOT EXISTS (SELECT 1 FROM feed e, place p WHERE e.subject = c.id AND e.kind IN ('message', 'conversation')
    AND (e.xid, e.id) > (p.xid::text::xid8, p.feed_id))
"""
LIMIT_S = 600


WORKSPACES = "SELECT id, name FROM workspace ORDER BY id"


async def audit_figures(pool: Pool) -> list[tuple[str, str]]:
    """Compare the figures of all workspaces; a difference counts only when a second look finds it again.

    Returns (workspace's name, sentence) pairs.
    """
    wrong: list[tuple[str, str]] = []
    for row in await pool.fetch(WORKSPACES):
        first = await faults(pool, row["id"])
        again = await faults(pool, row["id"]) if first else []
        wrong += [(row["name"], fault) for fault in again if fault in first]
    return wrong


async def faults(pool: Pool, workspace_id: UUID) -> list[str]:
    """Return what differs between a workspace's figures and a recount, as sentences, in a snapshot of its own."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        return [one async for one in _compare(connection, workspace_id)]


async def _compare(tx: Connection, workspace_id: UUID) -> AsyncIterator[str]:
    limit = timedelta(seconds=LIMIT_S).total_seconds()
    for table, (cell, sums, recount) in CELLS.items():
        values = [workspace_id] + ([list(BOUNDS)] if table == "time_figure" else [])
        found = await tx.fetchrow(_differences(table, cell, sums, recount), *values, timeout=limit)
        if found["n"]:
            yield (
                f"{table}: {found['n']} cells differ from a recount, such as {found['sample']} too many"
            )
    found = await tx.fetchrow(FORGOTTEN, workspace_id, timeout=limit)
    if found["n"]:
        yield f"{found['n']} conversations have messages that were never counted, such as {found['sample']}"
