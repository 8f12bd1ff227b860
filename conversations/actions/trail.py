"""The trail: what was done with a conversation, by whom and when, as quiet rows of its thread.

Rows have the direction `own`: no platform sees them and nobody's unread counts them. What was done stands as
the `trigger` too, which outlives the erasing of what was said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from runtime.arrays import FEW
from runtime.database import Connection
from runtime.ids import uuid7

ADD = f"""
INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, member_id, kind, text,
  content, trigger, provider_at, received_at)
SELECT u.id, c.workspace_id, c.id, c.account_id, 'own', CASE WHEN u.member IS NULL THEN 'system' ELSE 'member' END,
  u.member, 'activity', '', u.body::jsonb, u.body::jsonb ->> 'act', $1, $1
FROM (SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) WITH ORDINALITY
  AS u (id, conversation, member, body, n) {FEW}) u
JOIN conversation c ON c.id = u.conversation ORDER BY u.n
"""  # noqa: S608 (constants)


class Act(StrEnum):
    """What may be done with a conversation; the console has a sentence for each (words.ACTS)."""

    TAKEN_OVER = "taken_over"
    ASSIGNED = "assigned"
    UNASSIGNED = "unassigned"
    ASSIGNED_BY_RULE = "assigned_by_rule"
    CLOSED = "closed"
    CLOSED_IDLE = "closed_idle"
    SNOOZED = "snoozed"
    WOKEN = "woken"
    TAGGED = "tagged"
    UNTAGGED = "untagged"
    MERGED = "merged"
    SEPARATED = "separated"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """One act. `member_id` None: it happened by itself. `detail` holds what its sentence names: `to` a
    colleague's name, `until` an instant in ISO 8601, `tag` a tag; of a merge `to` and
    `other` are the names of who went and who stays, `gone` and `kept` their ids.
    """

    conversation_id: UUID
    act: Act
    member_id: UUID | None = None
    detail: Mapping[str, str] = {}


async def add_to_trail(tx: Connection, done: Sequence[Done], now: datetime) -> None:
    """Add acts to their threads in the caller's transaction; the caller publishes what changed."""
    if done:
        await tx.execute(
            ADD,
            now,
            [uuid7() for _ in done],
            [one.conversation_id for one in done],
            [one.member_id for one in done],
            [json.dumps({"act": one.act, **one.detail}) for one in done],
        )
