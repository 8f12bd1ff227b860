"""The statements of conversations.rollups."""

from __future__ import annotations

from runtime.follower import IN_STEP

# What is no message: happenings, words taken back before they came, and what nobody can read.
NOT_SAID = (
    "'activity', 'unsend', 'unknown', 'follow', 'unfollow', 'join', 'leave', 'member_joined', 'account_link',"
    " 'referral', 'optin', 'coupon_reveal'"
)
CLOSINGS = "'closed', 'closed_idle'"
# What a row of a thread (m) is to the figures; an erased one has lost its content, but not its trigger.
WHAT = f"""
CASE WHEN m.kind = 'activity' AND coalesce(m.content ->> 'act', m.trigger) IN ({CLOSINGS}) THEN 'closed'
  WHEN m.kind IN ({NOT_SAID}) OR m.direction = 'own' THEN ''
  WHEN m.direction = 'in' THEN 'customer' WHEN m.author = 'system' THEN 'bot' ELSE m.author END
"""
OPEN_BOOKS = """
INSERT INTO figure_book (workspace_id, generation, begun, zone)
SELECT id, 1, 1, zone FROM workspace WHERE id = ANY ($1::uuid[]) ON CONFLICT (workspace_id) DO NOTHING
"""
BOOKS = (
    "SELECT workspace_id, generation, zone FROM figure_book WHERE workspace_id = ANY ($1::uuid[])"
)
CHATS_TOLD = f"""
SELECT workspace_id, array_agg(DISTINCT subject) FROM feed
WHERE {IN_STEP} AND kind IN ('message', 'conversation') GROUP BY workspace_id
"""  # noqa: S608 (our own names)
# What lies behind the numbers remembered, each row with what is open in its conversation. OFFSET 0 leaves the
# planner no other way than to look up the conversations told of, however many others there are.
ROWS = f"""
SELECT u.id, a.channel, c.chat_type = 'direct' AS direct, coalesce(k.seq, 0) AS counted, k.said_at,
  coalesce(k.said_request, '') AS said_request, k.asked_at, k.case_at, nullif(k.members, '[]') AS members,
  m.seq, {WHAT} AS what, m.provider_at AS at, (m.provider_at AT TIME ZONE $4)::date AS day,
  extract(hour FROM m.provider_at AT TIME ZONE $4)::int AS hour, m.member_id, m.trigger, m.request_id
FROM (SELECT id FROM unnest($1::text::uuid[]) AS u (id) ORDER BY id) u
CROSS JOIN LATERAL (SELECT * FROM conversation WHERE id = u.id AND workspace_id = $2 OFFSET 0) c
CROSS JOIN LATERAL (SELECT channel FROM channel_account WHERE id = c.account_id OFFSET 0) a
LEFT JOIN LATERAL (SELECT * FROM counted_chat WHERE conversation_id = u.id AND generation = $3 OFFSET 0) k ON true
CROSS JOIN LATERAL (
  SELECT * FROM message WHERE conversation_id = u.id AND seq > coalesce(k.seq, 0) ORDER BY seq LIMIT $5
) m
ORDER BY u.id, m.seq LIMIT $5
"""  # noqa: S608 (our own names)
# Each sum goes to its day and to its month.
GRAINS = "CROSS JOIN LATERAL (VALUES (0, u.day), (1, date_trunc('month', u.day)::date)) AS g (grain, day)"
ADD_MESSAGES = f"""
INSERT INTO message_figure AS f (workspace_id, generation, grain, day, hour, channel, customers, bot, members,
  elsewhere)
SELECT $1, $2, g.grain, g.day, u.hour, u.channel, sum(u.customers), sum(u.bot), sum(u.members), sum(u.elsewhere)
FROM unnest($3::date[], $4::int[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
  AS u (day, hour, channel, customers, bot, members, elsewhere)
{GRAINS} GROUP BY g.grain, g.day, u.hour, u.channel ORDER BY g.grain, g.day, u.hour, u.channel
ON CONFLICT (workspace_id, generation, grain, day, hour, channel) DO UPDATE SET
  customers = f.customers + excluded.customers, bot = f.bot + excluded.bot,
  members = f.members + excluded.members, elsewhere = f.elsewhere + excluded.elsewhere
"""  # noqa: S608 (our own names)
ADD_WAITS = f"""
INSERT INTO time_figure AS f (workspace_id, generation, measure, grain, day, channel, member_id, bucket, n)
SELECT $1, $2, u.measure, g.grain, g.day, u.channel, u.member, u.bucket, sum(u.n)
FROM unnest($3::int[], $4::date[], $5::text[], $6::uuid[], $7::int[], $8::bigint[])
  AS u (measure, day, channel, member, bucket, n)
{GRAINS} GROUP BY u.measure, g.grain, g.day, u.channel, u.member, u.bucket
ORDER BY u.measure, g.grain, g.day, u.channel, u.member, u.bucket
ON CONFLICT (workspace_id, generation, measure, grain, day, channel, member_id, bucket) DO UPDATE SET
  n = f.n + excluded.n
"""  # noqa: S608 (our own names)
ADD_ANSWERS = f"""
INSERT INTO member_figure AS f (workspace_id, generation, grain, day, channel, member_id, answers, handled)
SELECT $1, $2, g.grain, g.day, u.channel, u.member, sum(u.answers), sum(u.handled)
FROM unnest($3::date[], $4::text[], $5::uuid[], $6::bigint[], $7::bigint[])
  AS u (day, channel, member, answers, handled)
{GRAINS} GROUP BY g.grain, g.day, u.channel, u.member ORDER BY g.grain, g.day, u.channel, u.member
ON CONFLICT (workspace_id, generation, grain, day, channel, member_id) DO UPDATE SET
  answers = f.answers + excluded.answers, handled = f.handled + excluded.handled
"""  # noqa: S608 (our own names)
KEEP_STATES = """
INSERT INTO counted_chat (workspace_id, generation, conversation_id, seq, said_at, said_request, asked_at,
  case_at, members)
SELECT $1, $2, c, seq, said_at, said_request, asked_at, case_at, members::jsonb
FROM unnest($3::text::uuid[], $4::text::bigint[], $5::text::timestamptz[], $6::text::text[],
  $7::text::timestamptz[], $8::text::timestamptz[], $9::text::text[])
  AS u (c, seq, said_at, said_request, asked_at, case_at, members)
ON CONFLICT (conversation_id, generation) DO UPDATE SET seq = excluded.seq, said_at = excluded.said_at,
  said_request = excluded.said_request, asked_at = excluded.asked_at, case_at = excluded.case_at,
  members = excluded.members
"""
MOVED = """
SELECT w.id FROM workspace w JOIN figure_book b ON b.workspace_id = w.id WHERE b.zone <> w.zone ORDER BY w.id
"""
WORKSPACES = "SELECT id FROM workspace WHERE $1::uuid[] IS NULL OR id = ANY ($1) ORDER BY id"
# A workspace that was never counted shows generation 0, which is empty, until its first one is complete.
BEGIN = """
INSERT INTO figure_book AS b (workspace_id, generation, begun, zone)
SELECT id, 0, 1, zone FROM workspace WHERE id = $1
ON CONFLICT (workspace_id) DO UPDATE SET begun = b.begun + 1
RETURNING workspace_id, begun, (SELECT w.zone FROM workspace w WHERE w.id = b.workspace_id)
"""
# Of two rebuilds the one that began later stands.
SWITCH = (
    "UPDATE figure_book SET generation = $2, zone = $3 WHERE workspace_id = $1 AND generation < $2"
)
ACCOUNTS = "SELECT id FROM channel_account WHERE workspace_id = $1 ORDER BY id"
NEXT_CHATS = """
SELECT id, chat_key FROM conversation WHERE account_id = $1 AND chat_key > $2 ORDER BY chat_key LIMIT $3
"""
OLD_TABLES = tuple(
    f"""
WITH gone AS (
  DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE workspace_id = $1
    AND generation < (SELECT generation FROM figure_book WHERE workspace_id = $1) LIMIT $2) RETURNING 1
) SELECT count(*) FROM gone
"""  # noqa: S608 (our own names)
    for table in ("message_figure", "time_figure", "member_figure", "counted_chat")
)
