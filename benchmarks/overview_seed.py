"""A year of a busy shop for the overview's benchmark: facts written by the database itself, in their order.

Each conversation lives through rounds of six rows: words the bot answers, words a person answers twice, a closing.
Coupons' figures are written as they would stand, without claims behind them.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from coupons.figure_totals import SUM_UP
from runtime.database import Connection

ROUND = 6
PEOPLE = """
WITH made AS (
  INSERT INTO contact (id, workspace_id, name, created_at)
  SELECT gen_random_uuid(), $1, 'Guest ' || n, $3 FROM generate_series(1, $2::int) AS n RETURNING id
), accounts AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS total FROM channel_account
  WHERE workspace_id = $1
), numbered AS (SELECT id, row_number() OVER () AS n FROM made)
INSERT INTO conversation (id, workspace_id, account_id, contact_id, chat_key, address, status, waiting_since, last_text,
  last_at, created_at)
SELECT gen_random_uuid(), $1, a.id, p.id, 'c:' || p.id, 'U' || p.n, s.status, CASE WHEN s.status = 'waiting' THEN
  $3 - p.n % 90 * interval '1 minute' END, '', $3, $3
FROM numbered p JOIN accounts a ON a.n = p.n % a.total CROSS JOIN LATERAL (SELECT CASE WHEN p.n % 50 = 0 THEN 'waiting'
  WHEN p.n % 40 = 0 THEN 'in_progress' WHEN p.n % 90 = 0 THEN 'snoozed' ELSE 'closed' END AS status) s
"""
# Row j of a conversation; the rounds are spread over the year, and most of a day lies between nine and nine.
MESSAGES = """
INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, member_id, kind, content,
  trigger, request_id, provider_at, received_at)
SELECT gen_random_uuid(), $1, c.id, c.account_id, (ARRAY['in', 'out', 'in', 'out', 'out', 'own'])[s.k],
  (ARRAY['contact', 'bot', 'contact', 'member', 'member', 'member'])[s.k],
  CASE WHEN s.k > 3 THEN ($4::uuid[])[1 + (c.n * 7 + j / 6) % cardinality($4)] END,
  CASE WHEN s.k = 6 THEN 'activity' ELSE 'text' END, CASE WHEN s.k = 6 THEN '{"act": "closed"}'::jsonb END, '',
  CASE WHEN s.k < 3 THEN 'r' || j / 6 ELSE '' END, t.at, t.at
FROM generate_series($2::int, $3::int - 1) AS j CROSS JOIN (
  SELECT id, account_id, row_number() OVER (ORDER BY id) AS n FROM conversation WHERE workspace_id = $1) c
CROSS JOIN LATERAL (SELECT j % 6 + 1 AS k) s
CROSS JOIN LATERAL (SELECT $6::timestamptz - interval '365 days' + interval '1 day' *
    floor(365.0 * (j / 6) / greatest($5::int / 6, 1) + c.n * 7919 % 9973 / 9973.0 * 365.0 / greatest($5::int / 6, 1))
  + interval '1 minute' * (c.n * 31 % 700 + 60 * (c.n % 2) + (ARRAY[0, 0, 1, 3, 9, 40])[s.k] * (1 + c.n % 13)) AS at) t
ORDER BY j, c.n
"""
COUPONS = """
INSERT INTO figure (workspace_id, coupon_id, day, channel, trigger_kind, member_id, store_id, claimed, opened, redeemed)
SELECT $1, k.id, d.day::date, a.channel, CASE WHEN m.id IS NULL THEN 'keyword' ELSE 'console' END,
  coalesce(m.id, '00000000-0000-0000-0000-000000000000'), '00000000-0000-0000-0000-000000000000',
  1 + extract(doy FROM d.day)::int % 9, extract(doy FROM d.day)::int % 5, extract(doy FROM d.day)::int % 3
FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, $3::int)) k
CROSS JOIN generate_series($4::date - 365, $4::date, interval '1 day') AS d (day)
CROSS JOIN (SELECT DISTINCT channel FROM channel_account WHERE workspace_id = $1) a
CROSS JOIN (SELECT NULL::uuid AS id UNION ALL SELECT u.id FROM unnest($2::uuid[]) AS u (id)) m
"""


async def seed(
    connection: Connection,
    workspace: UUID,
    members: list[UUID],
    size: tuple[int, int, int],
    now: datetime,
) -> int:
    """Fill a workspace that has accounts with `size`: conversations, messages, coupons. Returns the messages."""
    conversations, messages, coupons = size
    rows = max(messages // conversations // ROUND, 1) * ROUND
    await connection.execute(PEOPLE, workspace, conversations, now, timeout=3600)
    for first in range(0, rows, ROUND):
        await connection.execute(
            MESSAGES, workspace, first, first + ROUND, members, rows, now, timeout=3600
        )
    few = members[:5]
    await connection.execute(COUPONS, workspace, few, coupons, now.date(), timeout=3600)
    await connection.execute(SUM_UP, workspace, timeout=3600)
    await connection.execute("VACUUM ANALYZE", timeout=3600)
    return rows * conversations
