"""Tell customers who write while the workspace is closed that nobody is there, once a closed period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from conversations.actions.post import NewMessage, post
from conversations.actions.receive import Handled
from conversations.channel import Channel
from conversations.content import Text
from runtime.arrays import FEW
from runtime.database import Connection
from team.automation import automation_of
from team.hours import closed_since

TRIGGER = "away"
# Words that were read later than this need no such answer any more.
LATE = timedelta(hours=1)
# Where nothing can be sent, nothing is noted either: the next words are answered.
ONCE = f"""
UPDATE conversation c SET away_at = $1
FROM (SELECT * FROM unnest($2::uuid[], $3::timestamptz[]) AS u (id, since) {FEW}) u
WHERE c.id = u.id AND (c.away_at IS NULL OR c.away_at < u.since)
  AND (SELECT coalesce(a.paused_at, a.removed_at) IS NULL FROM channel_account a WHERE a.id = c.account_id)
RETURNING c.id
"""  # noqa: S608 (constants)


async def tell_away(
    tx: Connection, waiting: Sequence[Handled], channels: Mapping[str, Channel], now: datetime
) -> bool:
    """Answer customers who wait for a person with the away message of their workspace; say whether any was.

    Runs in the block's transaction, which holds the conversations' locks.
    """
    fresh = [one for one in waiting if one.event.at > now - LATE]
    known = await automation_of(tx, {one.workspace_id for one in fresh})
    texts = {
        key: (rules.away_text, since)
        for key, rules in known.items()
        if rules.hours_on and rules.away_text and (since := closed_since(rules.hours, now))
    }
    asked = {one.conversation_id: one for one in fresh if one.workspace_id in texts}
    if not asked:
        return False
    begun = [texts[one.workspace_id][1] for one in asked.values()]
    told = {row["id"] for row in await tx.fetch(ONCE, now, list(asked), begun)}
    messages = [
        NewMessage(
            conversation_id=key,
            content=Text(texts[one.workspace_id][0]),
            trigger=TRIGGER,
            request_id=one.event.request_id,
        )
        for key, one in asked.items()
        if key in told
    ]
    await post(tx, messages, channels, now)
    return bool(messages)
