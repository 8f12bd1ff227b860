"""The tags of a workspace and how many contacts wear each."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool

MOST = 1000
COUNTS = """
SELECT t.id, t.name, (SELECT count(*) FROM contact_tag c WHERE c.tag_id = t.id) AS contacts
FROM tag t WHERE t.workspace_id = $1 ORDER BY lower(t.name), t.id LIMIT $2
"""

NAMES = """
SELECT name FROM tag WHERE workspace_id = $1 AND position(lower($2) IN lower(name)) > 0
ORDER BY position(lower($2) IN lower(name)), lower(name), id LIMIT $3
"""
MOST_OFFERED = 20


class TagRow(msgspec.Struct, frozen=True):
    """A tag and on how many contacts it is."""

    id: UUID
    name: str
    contacts: int


async def tag_rows(db: Pool | Connection, workspace_id: UUID) -> Sequence[TagRow]:
    """Return the workspace's tags by name, the first thousand."""
    return [TagRow(**dict(row)) for row in await db.fetch(COUNTS, workspace_id, MOST)]


async def tag_names(db: Pool | Connection, workspace_id: UUID, begun: str) -> Sequence[str]:
    """Return names to complete what was begun, those that begin with it first, at most 20."""
    rows = await db.fetch(NAMES, workspace_id, begun.replace("\0", ""), MOST_OFFERED)
    return [row["name"] for row in rows]
