"""Give waiting conversations to members who are there, as the workspace's rules say.

One process at a time works on a workspace: it holds the row of its rules. Each conversation is locked and
given only while nobody has it, so that none is ever given to two.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from conversations.actions.trail import Act, Done, add_to_trail
from conversations.assigning import Hand, Waiting, choose
from runtime.database import Connection
from runtime.live import Change, publish
from team.automation import Automation
from team.roles import Right, holders

# A member is there whose browser asked for something that lately.
PRESENT = timedelta(minutes=15)
MINE = """
SELECT assign_turns FROM automation WHERE workspace_id = $1 AND assign_on FOR UPDATE SKIP LOCKED
"""
WAITING = """
SELECT c.id, coalesce((SELECT g.text FROM message g WHERE g.conversation_id = c.id AND g.direction = 'in'
  ORDER BY g.provider_at DESC, g.seq DESC LIMIT 1), '') AS text
FROM conversation c WHERE c.workspace_id = $1 AND c.status = 'waiting' AND c.assignee_id IS NULL
ORDER BY c.waiting_since, c.id LIMIT $2 FOR UPDATE OF c SKIP LOCKED
"""
HANDS = """
SELECT m.id, m.name, m.role, (SELECT count(*)::int FROM conversation c
  WHERE c.assignee_id = m.id AND c.status = 'in_progress') AS load
FROM member m WHERE m.workspace_id = $1 AND m.active AND m.role = ANY ($2::text[]) AND EXISTS (
  SELECT 1 FROM session s WHERE s.member_id = m.id AND s.ended_at IS NULL AND s.expires_at > $3 AND s.seen_at > $4)
ORDER BY m.id
"""
GIVE = """
UPDATE conversation c SET assignee_id = u.member, status = 'in_progress', waiting_since = NULL,
  version = c.version + 1
FROM unnest($1::uuid[], $2::uuid[]) AS u (id, member) WHERE c.id = u.id RETURNING c.id, c.version
"""
TURNS = "UPDATE automation SET assign_turns = $2::text::jsonb WHERE workspace_id = $1"
WRITERS = holders(Right.WRITE_INBOX)


async def auto_assign(tx: Connection, rules: Automation, now: datetime, limit: int) -> int:
    """Give up to `limit` waiting conversations of a workspace away; returns how many found somebody."""
    turns = await tx.fetchval(MINE, rules.workspace_id)
    if turns is None:
        return 0
    present = (sorted(WRITERS), now, now - PRESENT)
    hands = [Hand(**row) for row in await tx.fetch(HANDS, rules.workspace_id, *present)]
    if not hands:
        return 0
    waiting = [Waiting(**row) for row in await tx.fetch(WAITING, rules.workspace_id, limit)]
    given, after = choose(waiting, hands, rules, turns, now)
    if not given:
        return 0
    rows = await tx.fetch(GIVE, [one.id for one, _ in given], [hand.id for _, hand in given])
    known = {str(hand.id) for hand in hands} | set(turns)
    kept = {key: at for key, at in after.items() if key in known}
    await tx.execute(TURNS, rules.workspace_id, json.dumps(kept))
    acts = [
        Done(conversation_id=one.id, act=Act.ASSIGNED_BY_RULE, detail={"to": hand.name})
        for one, hand in given
    ]
    await add_to_trail(tx, acts, now)
    changes = [
        Change(rules.workspace_id, "conversation", row["id"], {"version": row["version"]})
        for row in rows
    ]
    await publish(tx, changes, now)
    return len(given)
