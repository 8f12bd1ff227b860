"""Ask everybody of a workspace for two steps at sign-in, or no longer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from runtime.database import Connection
from runtime.errors import Refused
from team.audit import Entry, record

SET = "UPDATE workspace SET two_steps = $2 WHERE id = $1 AND two_steps IS DISTINCT FROM $2 RETURNING 1"
OWN = "SELECT 1 FROM second_step WHERE member_id = $1 AND confirmed_at IS NOT NULL"


async def require_two_steps(
    tx: Connection, workspace_id: UUID, now: datetime, *, on: bool, by: UUID
) -> None:
    """Switch the rule; whoever asks it of others uses two steps themselves, else Refused("own_first")."""
    if on and await tx.fetchval(OWN, by) is None:
        raise Refused("own_first", "Set up two steps for yourself first")
    if await tx.fetchval(SET, workspace_id, on) is None:
        return
    action = "workspace.two_steps_required" if on else "workspace.two_steps_optional"
    await record(tx, Entry(workspace_id=workspace_id, member_id=by, action=action), now)
