"""Lock all of somebody's conversations, as everybody does who changes a contact as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from runtime.database import Connection

# By id, and before claims, limits and the contacts themselves, as the inbox's blocks do; a conversation begun
# meanwhile waits for the contact's lock (find_chats, store_messages).
CHATS = "SELECT id FROM conversation WHERE contact_id = ANY ($1::uuid[]) AND workspace_id = $2 ORDER BY id"
LOCK = CHATS + " FOR UPDATE"


class Moved(Exception):
    """A conversation or an address came or went while the locks were taken: run the transaction again."""


async def lock_chats(tx: Connection, workspace_id: UUID, people: Sequence[UUID]) -> list[UUID]:
    """Lock the conversations of `people` and return them."""
    return [row["id"] for row in await tx.fetch(LOCK, people, workspace_id)]


async def chats_of(tx: Connection, workspace_id: UUID, people: Sequence[UUID]) -> list[UUID]:
    """Return the conversations of `people` as they are now, in the order of their locks."""
    return [row["id"] for row in await tx.fetch(CHATS, people, workspace_id)]
