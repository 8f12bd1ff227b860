"""Stop everything an account sends, and let it send again. What customers write is stored meanwhile."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from runtime.database import Connection
from runtime.errors import NotFound
from runtime.live import Change, publish
from team.audit import Entry, record

PAUSE = """
UPDATE channel_account SET paused_at = coalesce(paused_at, $3)
WHERE workspace_id = $1 AND id = $2 AND removed_at IS NULL RETURNING channel || '/' || name
"""
RESUME = """
UPDATE channel_account SET paused_at = NULL
WHERE workspace_id = $1 AND id = $2 AND removed_at IS NULL RETURNING channel || '/' || name
"""


async def pause_account(
    tx: Connection, workspace_id: UUID, account_id: UUID, now: datetime, *, by: UUID | None = None
) -> None:
    """Let nothing go out: what waits stays, what is written meanwhile is refused. Raises NotFound."""
    name = await tx.fetchval(PAUSE, workspace_id, account_id, now)
    await _tell(tx, (workspace_id, account_id), name, "paused", now, by)


async def resume_account(
    tx: Connection, workspace_id: UUID, account_id: UUID, now: datetime, *, by: UUID | None = None
) -> None:
    """Let the account send again; what has waited and is not too late goes out. Raises NotFound."""
    name = await tx.fetchval(RESUME, workspace_id, account_id)
    await _tell(tx, (workspace_id, account_id), name, "resumed", now, by)


async def _tell(
    tx: Connection,
    key: tuple[UUID, UUID],
    name: str | None,
    word: str,
    now: datetime,
    by: UUID | None,
) -> None:
    if name is None:
        raise NotFound("There is no such account")
    workspace_id, account_id = key
    entry = Entry(workspace_id=workspace_id, member_id=by, action=f"account.{word}", subject=name)
    await record(tx, entry, now)
    await publish(tx, [Change(workspace_id, "account", account_id, {"state": word})], now)
