"""Close rows that the platform took, with one statement that needs no transaction around it.

This is what becomes of nearly every send. Messages of several parts, and whatever was heard of otherwise in the
meantime, are left for `outcomes.finish`, which derives and tells more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from conversations.outcomes import HELD, Verdict, newest_first
from runtime.arrays import beside, once
from runtime.database import Connection, Pool

EXTERNAL_LIMIT = 200

# A platform's report may move the delivery between the look at it and the update, which then keeps what it told.
# `more`: other rows of the conversation were waiting.
CLOSE_SENT = f"""
WITH {HELD.format("$2")}, gone AS (
  DELETE FROM outbox o
  WHERE o.id = ANY (ARRAY(SELECT id FROM held))
    AND o.epoch = coalesce({beside("o.id", "$2::bigint[]", "$3::int[]")}, ($3::int[])[1])
    AND (SELECT d.state IN ('queued', 'sending') AND (
        SELECT true FROM delivery e WHERE e.message_id = d.message_id AND e.id <> d.id LIMIT 1) IS NULL
      FROM delivery d WHERE d.id = o.delivery_id)
  RETURNING o.id, o.delivery_id, o.method, o.attempts, o.attempted_at,
    {beside("o.id", "$2::bigint[]", "$4::text[]")} AS external_id,
    (SELECT true FROM outbox e WHERE e.conversation_id = o.conversation_id AND (e.id > o.id) IS TRUE
      LIMIT 1) IS TRUE AS more
), moved AS (
  UPDATE delivery d SET
    state = CASE WHEN d.state IN ('queued', 'sending', 'unknown') THEN 'sent' ELSE d.state END,
    external_id = coalesce(nullif(g.external_id, ''), d.external_id), method = g.method, attempts = g.attempts,
    error_code = CASE WHEN d.state IN ('queued', 'sending', 'unknown') THEN '' ELSE d.error_code END,
    error_text = CASE WHEN d.state IN ('queued', 'sending', 'unknown') THEN '' ELSE d.error_text END,
    sent_at = coalesce(d.sent_at, g.attempted_at)
  FROM gone g WHERE d.id = g.delivery_id
  RETURNING g.id, d.message_id, d.state, d.external_id, d.error_code, d.error_text
), shown AS (
  UPDATE message m SET state = v.state, error_code = v.error_code, error_text = v.error_text,
    external_id = coalesce(m.external_id, nullif(v.external_id, ''))
  FROM moved v WHERE m.id = v.message_id
  RETURNING v.id, m.id AS message, m.workspace_id, m.conversation_id
), live AS (
  INSERT INTO feed (workspace_id, kind, subject, detail, at)
  SELECT workspace_id, 'message', conversation_id, jsonb_build_object('message', message), $1 FROM shown ORDER BY id
)
SELECT id, more FROM gone
"""  # noqa: S608 (columns of our own; every value is a parameter)


async def close_sent(
    connection: Connection | Pool, verdicts: Sequence[Verdict], now: datetime
) -> tuple[list[Verdict], bool]:
    """Write what became of rows that were sent (`verdicts` are all of that kind).

    Returns the verdicts that were left, of which nothing was written, and whether other rows may be sent now.
    Wake the live feed afterwards.
    """
    if not verdicts:
        return [], False
    closing = sorted(verdicts, key=newest_first)
    rows = await connection.fetch(
        CLOSE_SENT,
        now,
        [verdict.id for verdict in closing],
        once([verdict.epoch for verdict in closing]),
        [verdict.external_id[:EXTERNAL_LIMIT] for verdict in closing],
    )
    closed = {row["id"] for row in rows}
    return [v for v in closing if v.id not in closed], any(row["more"] for row in rows)
