"""Switch a paid feature of a workspace on or off: what the operator does, not a member."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from runtime.database import Connection
from runtime.live import Change, publish
from team.audit import Entry, record
from team.features import switched_on

FIND = "SELECT features FROM workspace WHERE id = $1 FOR NO KEY UPDATE"
SET = "UPDATE workspace SET features = $2 WHERE id = $1"


async def set_feature(
    tx: Connection, workspace_id: UUID, name: str, now: datetime, *, on: bool
) -> None:
    """Switch `name` (team.features.FEATURES); what is so already changes nothing."""
    stored = await tx.fetchval(FIND, workspace_id)
    before = name in switched_on(stored)
    if before == on:
        return
    await tx.execute(SET, workspace_id, stored | {name: on})
    entry = Entry(
        workspace_id=workspace_id,
        action="workspace.feature_set",
        subject=name,
        detail={"state": {"from": before, "to": on}},
    )
    await record(tx, entry, now)
    await publish(tx, [Change(workspace_id, "workspace", workspace_id)], now)
