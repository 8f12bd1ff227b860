"""Names of what the audit log speaks of by its id: conversations, messages and contacts, merged ones too, as
their customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from runtime.database import Pool

NAMES = """
SELECT c.id, p.name FROM conversation c JOIN contact p ON p.id = c.contact_id
WHERE c.id = ANY ($2::uuid[]) AND c.workspace_id = $1
UNION ALL SELECT m.id, p.name FROM message m JOIN conversation c ON c.id = m.conversation_id
  JOIN contact p ON p.id = c.contact_id WHERE m.id = ANY ($2::uuid[]) AND m.workspace_id = $1
UNION ALL SELECT id, name FROM contact WHERE id = ANY ($2::uuid[]) AND workspace_id = $1
UNION ALL SELECT gone_id, facts->'row'->>'name' FROM contact_merge
  WHERE gone_id = ANY ($2::uuid[]) AND workspace_id = $1
"""


async def customer_names(pool: Pool, workspace_id: UUID, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the customer's name of each id that is one of the workspace's; others are left out."""
    return {
        row["id"]: row["name"] for row in await pool.fetch(NAMES, workspace_id, sorted(set(ids)))
    }
