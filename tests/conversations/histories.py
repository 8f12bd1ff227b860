"""Conversations whose messages are written straight into their threads, for tests of the figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from conversations.recount import faults
from conversations.rollups import follow
from runtime.ids import uuid7
from runtime.live import Change, publish
from tests.agent_console.chats import add_chat
from tests.feed import all_visible

ADD = """
INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, member_id, kind, text, content,
  trigger, request_id, provider_at, received_at)
SELECT $1, workspace_id, id, account_id, $2, $3, $4, $5, '', $6::text::jsonb, $7, $8, $9, $9
FROM conversation WHERE id = $10
"""
CLOSED = '{"act": "closed"}'
NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)
FORMS = {
    "customer": ("in", "contact", "text", None),
    "bot": ("out", "bot", "text", None),
    "member": ("out", "member", "text", None),
    "elsewhere": ("out", "elsewhere", "text", None),
    "closed": ("own", "member", "activity", CLOSED),
    "note": ("own", "member", "note", None),
    "follow": ("in", "contact", "follow", None),
}


class Histories:
    """Writes what happened, minutes after noon in UTC+8, and follows it."""

    def __init__(self, db, clock, account):
        self.db, self.clock, self.account = db, clock, account

    async def chat(self, chat_type="direct", account=None):
        """Return a new conversation's id; nothing was said in it."""
        made = await add_chat(
            self.db, "Mei", self.clock.now(), account=account or self.account, said=""
        )
        kind = "UPDATE conversation SET chat_type = $2 WHERE id = $1"
        await self.db.screens.execute(kind, made.id, chat_type)
        return made.id

    async def happens(self, chat, what, minute=0.0, member=None, **other):
        """Write one row; it is in the feed unless told=False."""
        direction, author, kind, content = FORMS[what]
        at = other.get("at") or NOON + timedelta(minutes=minute)
        async with self.db.transaction() as tx:
            await tx.execute(
                ADD, uuid7(), direction, author, member, other.get("kind", kind), content,
                other.get("trigger", ""), other.get("request", ""), at, chat,
            )  # fmt: skip
            if other.get("told", True):
                change = Change(self.account.workspace_id, "message", chat)
                await publish(tx, [change], self.clock.now())

    async def catch_up(self):
        """Follow to the end and return the last round."""
        await all_visible(self.db)
        while (done := await follow(self.db, self.clock.now())) is not None and done.more:
            continue
        return done

    async def exact(self):
        """Hold the figures against a recount."""
        assert await faults(self.db.screens, self.account.workspace_id) == []

    async def waits(self):
        """Return the number of waits by measure."""
        rows = await self.db.screens.fetch(
            "SELECT measure, sum(n)::int FROM time_figure WHERE grain = 0 GROUP BY 1"
        )
        return dict(rows)
