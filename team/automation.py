"""What happens by itself in a workspace's inbox, as frozen values."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool
from team.hours import Hours

FACTS = """
SELECT a.workspace_id, w.zone, a.hours_on, a.hours, a.away_text, a.idle_minutes, a.idle_text, a.close_minutes,
  a.assign_on, a.assign_roles, a.assign_rules, a.assignee_only
FROM automation a JOIN workspace w ON w.id = a.workspace_id
"""
OF = FACTS + "WHERE a.workspace_id = ANY ($1::uuid[])"
TIMED = FACTS + "WHERE a.idle_minutes IS NOT NULL OR a.assign_on ORDER BY a.workspace_id"


class KeywordRule(msgspec.Struct, frozen=True, kw_only=True):
    """Whose words contain one of `words` goes to somebody of `role`, or to one member."""

    words: tuple[str, ...]
    role: str = ""
    member_id: UUID | None = None


class Automation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything off is what a workspace begins with.

    `idle_minutes` of a customer's silence after an answer send `idle_text`, `close_minutes` more close
    the conversation. Waiting conversations go to whom the first fitting rule names, else to `assign_roles`.
    `assignee_only`: somebody's conversation is answered by them alone; others take it over first.
    """

    workspace_id: UUID
    hours_on: bool = False
    hours: Hours = Hours()
    away_text: str = ""
    idle_minutes: int | None = None
    idle_text: str = ""
    close_minutes: int | None = None
    assign_on: bool = False
    assign_roles: tuple[str, ...] = ()
    assign_rules: tuple[KeywordRule, ...] = ()
    assignee_only: bool = False


async def automation_of(
    connection: Connection | Pool, workspaces: Collection[UUID]
) -> dict[UUID, Automation]:
    """Return what is set for each of the workspaces; those that never set anything are left out."""
    rows = await connection.fetch(OF, sorted(workspaces)) if workspaces else []
    return {row["workspace_id"]: _facts(row) for row in rows}


async def timed(pool: Pool) -> list[Automation]:
    """Return the workspaces in which time or waiting makes something happen."""
    return [_facts(row) for row in await pool.fetch(TIMED)]


def _facts(row: Any) -> Automation:  # noqa: ANN401 (a record)
    values = dict(row)
    values["hours"] = {**values["hours"], "zone": values.pop("zone")}
    return msgspec.convert(values, Automation)
