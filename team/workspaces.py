"""What the settings read of a workspace and its stores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection, Pool

WORKSPACE = "SELECT name, zone, language, features, picture_key FROM workspace WHERE id = $1"
STORES = "SELECT id, name, address, phone, latitude, longitude FROM store WHERE workspace_id = $1 ORDER BY name, id"


class WorkspaceRow(msgspec.Struct, frozen=True):
    """A workspace; `features` as they are stored (team.features), `picture_key` "" without a picture."""

    name: str
    zone: str
    language: str
    features: Any
    picture_key: str


class StoreRow(msgspec.Struct, frozen=True):
    """A store; its coordinates are degrees, both None where they are not known."""

    id: UUID
    name: str
    address: str
    phone: str
    latitude: float | None
    longitude: float | None


async def workspace_of(db: Pool | Connection, workspace_id: UUID) -> WorkspaceRow:
    """Return a workspace that exists."""
    return WorkspaceRow(**dict(await db.fetchrow(WORKSPACE, workspace_id)))


async def store_rows(db: Pool | Connection, workspace_id: UUID) -> Sequence[StoreRow]:
    """Return a workspace's stores by name."""
    return [StoreRow(**dict(row)) for row in await db.fetch(STORES, workspace_id)]
