"""The rows of uploads: waiting in a composer, sent, too old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from runtime.database import Connection, Database
from runtime.errors import NotFound

HOUR = timedelta(hours=1)
# Of one member in an hour: more than anybody answers with, less than fills a disk.
MOST_FILES, MOST_BYTES = 300, 2_000_000_000
# What waits longer in a composer is thrown away; what was taken out counts toward the hour until then.
KEEP_WAITING = timedelta(hours=48)
STEP = 100

ONE = "id, token, kind, name, content_type, size, duration_ms, storage_key, preview_key"
WAITING = f"""
SELECT {ONE} FROM upload WHERE conversation_id = $1 AND member_id = $2 AND workspace_id = $3 AND state = 'ready'
  AND message_id IS NULL ORDER BY id
"""  # noqa: S608 (names of columns)
OWN = f"""
SELECT {ONE} FROM upload WHERE id = $1 AND member_id = $2 AND workspace_id = $3 AND state = 'ready'
"""  # noqa: S608 (names of columns)
SENT = f"""
SELECT {ONE} FROM upload WHERE token = $1 AND message_id IS NOT NULL
"""  # noqa: S608 (names of columns)
TAKE = f"""
SELECT {ONE} FROM upload WHERE id = ANY ($1::uuid[]) AND conversation_id = $2 AND member_id = $3
  AND workspace_id = $4 AND state = 'ready' AND message_id IS NULL ORDER BY id FOR UPDATE
"""  # noqa: S608 (names of columns)
MARK_SENT = """
UPDATE upload u SET message_id = s.message FROM unnest($1::uuid[], $2::uuid[]) AS s (id, message) WHERE u.id = s.id
"""
LOCK_MEMBER = "SELECT 1 FROM member WHERE id = $1 FOR NO KEY UPDATE"
LATELY = """
SELECT count(*) AS files, coalesce(sum(size), 0)::bigint AS bytes FROM upload WHERE member_id = $1 AND created_at > $2
"""
ADD = """
INSERT INTO upload (id, workspace_id, conversation_id, member_id, token, state, kind, name, content_type, size,
  duration_ms, storage_key, preview_key, created_at)
VALUES ($1, $2, $3, $4, $5, 'storing', '', $6, '', $7, 0, $8, $9, $10)
"""
READY = """
UPDATE upload SET state = 'ready', kind = $2, name = $3, content_type = $4, size = $5, duration_ms = $6,
  preview_key = CASE WHEN $7 THEN preview_key ELSE '' END
WHERE id = $1 AND state = 'storing'
"""
GIVE_UP = "UPDATE upload SET state = 'removed', size = $2 WHERE id = $1 AND state = 'storing'"
REMOVE = """
UPDATE upload SET state = 'removed' WHERE id = $1 AND member_id = $2 AND workspace_id = $3 AND message_id IS NULL
"""
EXPIRE = """
WITH old AS (
  SELECT id FROM upload WHERE message_id IS NULL AND (created_at < $1 OR (state = 'removed' AND created_at < $2))
  ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE upload u SET state = 'removed' FROM old WHERE u.id = old.id RETURNING u.id, u.storage_key, u.preview_key
"""
FORGET = (
    "DELETE FROM upload WHERE id = ANY ($1::uuid[]) AND message_id IS NULL AND state = 'removed'"
)


class UploadRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a member, kept. `preview_key` is "" where there is no small picture of it."""

    id: UUID
    token: str
    kind: str
    name: str
    content_type: str
    size: int
    duration_ms: int
    storage_key: str
    preview_key: str


class Expired(msgspec.Struct, frozen=True):
    """A row whose files may go; the row goes after them."""

    id: UUID
    storage_key: str
    preview_key: str


async def waiting(
    db: Database, workspace_id: UUID, conversation_id: UUID, member_id: UUID
) -> Sequence[UploadRow]:
    """Return what waits in a member's composer of a conversation, as it was attached."""
    records = await db.screens.fetch(WAITING, conversation_id, member_id, workspace_id)
    return [UploadRow(**record) for record in records]


async def own(db: Database, workspace_id: UUID, member_id: UUID, upload_id: UUID) -> UploadRow:
    """Return a member's own file, sent or not; raises NotFound."""
    record = await db.screens.fetchrow(OWN, upload_id, member_id, workspace_id)
    if record is None:
        raise NotFound("There is no such file")
    return UploadRow(**record)


async def sent(db: Database, token: str) -> UploadRow | None:
    """Return the sent file that `token` opens to anybody who knows it."""
    record = await db.screens.fetchrow(SENT, token)
    return None if record is None else UploadRow(**record)


async def expire(tx: Connection, now: datetime) -> Sequence[Expired]:
    """Take rows that nobody will send any more; delete their files, then `forget` them."""
    records = await tx.fetch(EXPIRE, now - KEEP_WAITING, now - HOUR, STEP)
    return [Expired(*record) for record in records]


async def forget(tx: Connection, ids: Sequence[UUID]) -> None:
    """Delete rows whose files are gone."""
    await tx.execute(FORGET, ids)
