"""End sessions of a member: one, all others, or all. Open streams of theirs close at once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from runtime.database import Connection
from runtime.errors import NotFound
from runtime.live import Change, publish
from team.audit import Entry, record

END_ONE = """
UPDATE session SET ended_at = $3 WHERE id = $2 AND member_id = $1 AND ended_at IS NULL AND expires_at > $3
RETURNING id
"""
END_OTHERS = """
UPDATE session SET ended_at = $3 WHERE member_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $2
"""
END_STEPS = "DELETE FROM sign_in_step WHERE member_id = $1"


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """Whose sessions end, and who ends them; `by` None: the operator."""

    workspace_id: UUID
    member_id: UUID
    by: UUID | None = None


async def end_session(tx: Connection, whose: Whose, session_id: UUID, now: datetime) -> None:
    """End one session; raises NotFound when it is not theirs or over."""
    if await tx.fetchval(END_ONE, whose.member_id, session_id, now) is None:
        raise NotFound("There is no such session")
    await _tell(tx, whose, "member.session_ended", now)


async def end_others(tx: Connection, whose: Whose, keep: UUID | None, now: datetime) -> None:
    """End all sessions but `keep`, and every sign-in that awaits its code."""
    await end_quietly(tx, whose.member_id, keep, now)
    await _tell(tx, whose, "member.sessions_ended", now)


async def end_quietly(tx: Connection, member_id: UUID, keep: UUID | None, now: datetime) -> None:
    """Do as end_others for an action that records and publishes its own change of the member."""
    await tx.execute(END_OTHERS, member_id, keep, now)
    await tx.execute(END_STEPS, member_id)


async def _tell(tx: Connection, whose: Whose, action: str, now: datetime) -> None:
    entry = Entry(
        workspace_id=whose.workspace_id,
        member_id=whose.by,
        action=action,
        subject=str(whose.member_id),
    )
    await record(tx, entry, now)
    await publish(tx, [Change(whose.workspace_id, "member", whose.member_id)], now)
