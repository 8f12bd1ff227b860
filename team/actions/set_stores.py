"""Say in which stores a verifier or seller works."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from runtime.database import Connection
from runtime.errors import NotFound
from team.audit import Entry, record

MEMBER = """
SELECT id FROM member WHERE id = $1 AND workspace_id = $2 AND role = ANY ($3::text[]) FOR UPDATE
"""
KNOWN = "SELECT id FROM store WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id"
ADD = "INSERT INTO member_store (member_id, store_id) SELECT $1, unnest($2::uuid[])"
STORE_ROLES = ("verifier", "seller")


async def set_stores(
    tx: Connection,
    workspace_id: UUID,
    member_id: UUID,
    stores: Sequence[UUID],
    now: datetime,
    *,
    by: UUID | None = None,
) -> None:
    """Set the stores anew; none means nowhere. Raises NotFound for a store or a member who is neither."""
    if await tx.fetchval(MEMBER, member_id, workspace_id, STORE_ROLES) is None:
        raise NotFound("There is no such verifier or seller")
    wanted = sorted(set(stores))
    await require_stores(tx, workspace_id, wanted)
    await tx.execute("DELETE FROM member_store WHERE member_id = $1", member_id)
    await tx.execute(ADD, member_id, wanted)
    entry = Entry(
        workspace_id=workspace_id,
        member_id=by,
        action="member.stores_set",
        subject=str(member_id),
        detail={"stores": [str(store) for store in wanted]},
    )
    await record(tx, entry, now)


async def require_stores(tx: Connection, workspace_id: UUID, stores: Sequence[UUID]) -> None:
    """Raise NotFound unless all `stores`, each named once, are the workspace's."""
    if len(await known_stores(tx, workspace_id, stores)) != len(stores):
        raise NotFound("There is no such store")


async def known_stores(tx: Connection, workspace_id: UUID, stores: Sequence[UUID]) -> list[UUID]:
    """Return those of `stores` that the workspace has."""
    if not stores:
        return []
    return [row["id"] for row in await tx.fetch(KNOWN, workspace_id, list(stores))]
