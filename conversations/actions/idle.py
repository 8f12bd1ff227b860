"""Conversations whose customer has gone quiet: a word of warning first, then they are closed.

Only those a person answered last: whoever waits for us is never warned nor closed. A warning that comes more
than an hour late (nobody ran the timers) is not sent any more; such a conversation is closed quietly.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from conversations.actions.close import set_closed
from conversations.actions.post import NewMessage, post
from conversations.actions.trail import Act, Done, add_to_trail
from conversations.channel import Channel
from conversations.content import Text
from conversations.window import window
from runtime.database import Connection
from runtime.live import Change, publish
from team.automation import Automation

TRIGGER = "idle"
LATE = timedelta(hours=1)
# What customers wrote meanwhile may still lie in the inbox.
BEHIND = timedelta(seconds=10)
IS_BEHIND = "SELECT EXISTS (SELECT 1 FROM inbox WHERE state = 0 AND received_at < $1)"
# The last answer must not have failed: its customer still waits.
QUIET = """
SELECT c.id, c.workspace_id, c.customer_at, a.channel FROM conversation c JOIN channel_account a ON a.id = c.account_id
WHERE c.workspace_id = $1 AND c.status = 'in_progress' AND c.answered_at IS NOT NULL AND c.chat_type = 'direct'
  AND {due} AND NOT EXISTS (SELECT 1 FROM message g
    WHERE g.conversation_id = c.id AND g.provider_at = c.answered_at AND g.author = 'member' AND g.state = 'failed')
ORDER BY c.answered_at LIMIT {limit} FOR UPDATE OF c SKIP LOCKED
"""
TO_WARN = QUIET.format(
    due="c.warned_at IS NULL AND c.answered_at <= $2 AND c.answered_at > $3 AND a.state <> 'reconnect'"
    " AND a.paused_at IS NULL AND a.removed_at IS NULL",
    limit="$4",
)
TO_CLOSE = QUIET.format(
    due="(c.warned_at <= $2 OR c.warned_at IS NULL AND c.answered_at <= $3)", limit="$4"
)
WARNED = "UPDATE conversation SET warned_at = $2 WHERE id = ANY ($1::uuid[])"


class Round(msgspec.Struct, frozen=True):
    """What a round did, and whether it may have left some for the next one."""

    warned: int = 0
    closed: int = 0
    more: bool = False


async def is_behind(tx: Connection, now: datetime) -> bool:
    """Say whether events of customers still wait to be read: nobody's silence can be judged then."""
    return bool(await tx.fetchval(IS_BEHIND, now - BEHIND))


async def end_idle(
    tx: Connection, rules: Automation, channels: Mapping[str, Channel], now: datetime, limit: int
) -> Round:
    """Warn and close up to `limit` conversations each of one workspace, in the caller's transaction."""
    if rules.idle_minutes is None or rules.close_minutes is None or await is_behind(tx, now):
        return Round()
    wait, more = timedelta(minutes=rules.idle_minutes), timedelta(minutes=rules.close_minutes)
    closing = await tx.fetch(
        TO_CLOSE, rules.workspace_id, now - more, now - wait - max(more, LATE), limit
    )
    await _close(tx, [row["id"] for row in closing], rules.workspace_id, now)
    found = await tx.fetch(TO_WARN, rules.workspace_id, now - wait, now - wait - LATE, limit)
    open_ones = [row["id"] for row in found if _may_write(row, channels, now)]
    await _warn(tx, open_ones, rules.idle_text, channels, now)
    return Round(len(open_ones), len(closing), len(closing) == limit)


def _may_write(row: Mapping[str, object], channels: Mapping[str, Channel], now: datetime) -> bool:
    customer_at = row["customer_at"]
    limits = window(
        channels[str(row["channel"])].abilities,
        customer_at if isinstance(customer_at, datetime) else None,
    )
    return limits.is_open(now, human=False)


async def _warn(
    tx: Connection,
    conversations: list[UUID],
    text: str,
    channels: Mapping[str, Channel],
    now: datetime,
) -> None:
    rows = [
        NewMessage(conversation_id=key, content=Text(text), trigger=TRIGGER)
        for key in conversations
    ]
    await post(tx, rows, channels, now)
    if rows:
        await tx.execute(WARNED, conversations, now)


async def _close(
    tx: Connection, conversations: list[UUID], workspace_id: UUID, now: datetime
) -> None:
    if not conversations:
        return
    await set_closed(tx, conversations)
    acts = [Done(conversation_id=key, act=Act.CLOSED_IDLE) for key in conversations]
    await add_to_trail(tx, acts, now)
    changes = [
        Change(workspace_id, "conversation", key, {"status": "closed"}) for key in conversations
    ]
    await publish(tx, changes, now)
