"""Attachments waiting to be fetched, or to be thrown away again, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from conversations.channel import Attachment, Inbound, Kind, MessageType
from runtime.database import Connection, Pool
from runtime.live import Change, publish

CLAIM = """
WITH due AS (
  SELECT id FROM attachment WHERE state = 'waiting' AND next_try_at <= $1
  ORDER BY next_try_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE attachment a SET tries = a.tries + 1, next_try_at = $3 FROM due, message m
WHERE a.id = due.id AND m.id = a.message_id
RETURNING a.id, a.type, a.source, a.tries, a.storage_key, m.id AS message_id, m.account_id, m.workspace_id,
  m.conversation_id, m.kind, m.content, m.external_id
"""
FINISH = """
UPDATE attachment SET state = $2, content_type = CASE WHEN $3 = '' THEN content_type ELSE $3 END,
  size = CASE WHEN $4 = 0::bigint THEN size ELSE $4 END, storage_key = $5, source = source || $6::text::jsonb
WHERE id = $1 AND state = 'waiting' RETURNING id
"""
FETCH_AGAIN = """
UPDATE attachment f SET state = 'waiting', tries = 0, next_try_at = $4 FROM message g
WHERE f.id = $1 AND g.id = f.message_id AND g.conversation_id = $2 AND g.workspace_id = $3
  AND f.state = 'failed' AND g.unsent_at IS NULL RETURNING g.id
"""
AGAIN = "UPDATE attachment SET next_try_at = $2 WHERE id = $1 AND state = 'waiting'"


class Due(msgspec.Struct, frozen=True):
    """An attachment to fetch now; `tries` counts this one. With `kept`, the key of its file, it is one
    that the customer took back: the file is to be deleted.
    """

    id: UUID
    message_id: UUID
    account_id: UUID
    workspace_id: UUID
    conversation_id: UUID
    inbound: Inbound
    attachment: Attachment
    tries: int
    kept: str


async def claim_due(
    connection: Connection | Pool, now: datetime, hold: timedelta, limit: int
) -> list[Due]:
    """Take attachments whose turn it is; nobody else takes them before `hold` has passed."""
    return [_due(record) for record in await connection.fetch(CLAIM, now, limit, now + hold)]


def _due(record: Any) -> Due:  # noqa: ANN401 (a record)
    return Due(
        id=record["id"],
        message_id=record["message_id"],
        account_id=record["account_id"],
        workspace_id=record["workspace_id"],
        conversation_id=record["conversation_id"],
        inbound=inbound_of(record["content"], record["kind"], record["external_id"]),
        attachment=msgspec.convert({"type": record["type"], **record["source"]}, Attachment),
        tries=record["tries"],
        kept=record["storage_key"],
    )


def inbound_of(content: Mapping[str, Any] | None, kind: str, external_id: str | None) -> Inbound:
    """Return the received event behind a message, as far as its row still tells."""
    known = {str(each) for each in MessageType}
    facts = {
        "kind": Kind.MESSAGE,
        "external_event_id": external_id or "",
        "external_message_id": external_id,
        "message_type": kind if kind in known else None,
    }
    try:
        return msgspec.convert({**(content or {}), **facts}, Inbound)
    except msgspec.ValidationError:
        return msgspec.convert(facts, Inbound)


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """How fetching ended: stored, failed, skipped or refused, and what is known of a stored file. `seen` holds
    what is inside: `width` and `height` of a picture in pixels, `people` of contact cards.
    """

    state: str
    content_type: str = ""
    size: int = 0
    storage_key: str = ""
    seen: Mapping[str, Any] = {}


async def finished(tx: Connection, due: Due, fetched: Fetched, now: datetime) -> bool:
    """Write down how fetching ended; False when the file is no longer wanted (unsent)."""
    facts = fetched.state, fetched.content_type, fetched.size, fetched.storage_key
    seen = msgspec.json.encode(fetched.seen).decode()
    if await tx.fetchval(FINISH, due.id, *facts, seen) is None:
        return False
    told = Change(
        due.workspace_id, "message", due.conversation_id, {"message": str(due.message_id)}
    )
    await publish(tx, [told], now)
    return True


async def try_again(tx: Connection, due: Due, at: datetime) -> None:
    """Let an attachment wait until `at`."""
    await tx.execute(AGAIN, due.id, at)


async def fetch_again(
    tx: Connection, workspace_id: UUID, conversation_id: UUID, attachment_id: UUID, now: datetime
) -> None:
    """Let a file that could not be fetched be tried once more; another state stays as it is."""
    message = await tx.fetchval(FETCH_AGAIN, attachment_id, conversation_id, workspace_id, now)
    if message is not None:
        told = Change(workspace_id, "message", conversation_id, {"message": str(message)})
        await publish(tx, [told], now)
