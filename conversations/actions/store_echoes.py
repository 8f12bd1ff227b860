"""Messages to customers that did not come from us: typed in the platform's own inbox, or by another app."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from conversations.actions.find_chats import find_chats
from conversations.actions.receive import facts, preview
from conversations.actions.silence_bot import silence_bot
from conversations.actions.store_messages import attachments_of
from conversations.channel import Account, Inbound
from runtime.arrays import FEW
from runtime.clock import from_ms
from runtime.database import Connection
from runtime.ids import uuid7
from runtime.live import Change

KNOWN = """
SELECT m.account_id, m.external_id FROM message m
JOIN unnest($1::uuid[], $2::text[]) AS u (account, x) ON m.account_id = u.account AND m.external_id = u.x
"""
ADD = """
INSERT INTO message (id, workspace_id, conversation_id, account_id, direction, author, kind, text, content,
  external_id, state, provider_at, received_at)
SELECT id, w, c, a, 'out', 'elsewhere', kind, txt, body::jsonb, x, 'sent', at, $1
FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
  $10::timestamptz[]) WITH ORDINALITY AS u (id, w, c, a, kind, txt, body, x, at, n)
ORDER BY n
"""
# Platforms name the app behind an echo; without one a person typed it, and the bot falls silent.
TOUCH = f"""
UPDATE conversation c SET last_text = u.txt, last_at = greatest(c.last_at, u.at), version = c.version + 1,
  status = CASE WHEN u.typed THEN 'in_progress' ELSE c.status END,
  waiting_since = CASE WHEN u.typed THEN NULL ELSE c.waiting_since END,
  snoozed_until = CASE WHEN u.typed THEN NULL ELSE c.snoozed_until END,
  answered_at = CASE WHEN u.typed AND coalesce(c.customer_at <= u.at, true) THEN u.at ELSE c.answered_at END,
  warned_at = CASE WHEN u.typed THEN NULL ELSE c.warned_at END
FROM (SELECT DISTINCT ON (id) id, txt, at, bool_or(typed) OVER (PARTITION BY id) AS typed
      FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bool[])
        WITH ORDINALITY AS v (id, txt, at, typed, n) ORDER BY id, n DESC {FEW}) u
WHERE c.id = u.id
"""  # noqa: S608 (constants)


async def store_echoes(
    tx: Connection, echoes: Sequence[tuple[Account, Inbound]], now: datetime
) -> list[Change]:
    """Add echoes to their threads, once for each platform message id; returns what to publish."""
    fresh = await _fresh(tx, [pair for pair in echoes if pair[1].contact_external_id])
    if not fresh:
        return []
    chats = await find_chats(tx, fresh, now)
    rows: list[dict[str, Any]] = [
        {
            "id": uuid7(),
            "workspace": account.workspace_id,
            "conversation": chat.id,
            "account": account.id,
            "kind": str(inbound.message_type or "unknown"),
            "text": inbound.text or "",
            "facts": json.dumps(facts(inbound)),
            "external_id": inbound.external_message_id,
            "at": now if inbound.timestamp_ms is None else min(now, from_ms(inbound.timestamp_ms)),
        }
        for (account, inbound), chat in zip(fresh, chats, strict=True)
    ]
    await tx.execute(ADD, now, *([row[name] for row in rows] for name in rows[0]))
    by_id = {row["id"]: pair[1] for row, pair in zip(rows, fresh, strict=True)}
    await attachments_of(tx, by_id, now)
    typed = [inbound.app_id is None and inbound.metadata is None for _, inbound in fresh]
    await tx.execute(
        TOUCH,
        [row["conversation"] for row in rows],
        [preview(inbound) for _, inbound in fresh],
        [row["at"] for row in rows],
        typed,
    )
    await silence_bot(
        tx, {row["conversation"] for row, own in zip(rows, typed, strict=True) if own}
    )
    return [
        Change(row["workspace"], "message", row["conversation"], {"message": str(row["id"])})
        for row in rows
    ]


async def _fresh(
    tx: Connection, echoes: Sequence[tuple[Account, Inbound]]
) -> list[tuple[Account, Inbound]]:
    """Return the echoes whose message is not in its thread yet, each message once."""
    if not echoes:
        return []
    named = {(a.id, i.external_message_id or ""): (a, i) for a, i in echoes}
    records = await tx.fetch(KNOWN, [a for a, _ in named], [x for _, x in named])
    known = {(record["account_id"], record["external_id"]) for record in records}
    return [pair for key, pair in named.items() if key not in known]
