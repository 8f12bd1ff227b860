"""Put tags on contacts, making a tag the first time its name is used."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from runtime.database import Connection
from runtime.ids import uuid7

MAKE = """
INSERT INTO tag (id, workspace_id, name)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS u (id, w, name)
WHERE NOT EXISTS (SELECT 1 FROM tag t WHERE t.workspace_id = u.w AND t.name = u.name)
ORDER BY w, name ON CONFLICT (workspace_id, name) DO NOTHING
"""
PUT = """
INSERT INTO contact_tag (contact_id, tag_id, source, at)
SELECT u.contact, t.id, u.source, $5 FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
  AS u (w, contact, name, source)
JOIN tag t ON t.workspace_id = u.w AND t.name = u.name
ORDER BY u.contact, t.id ON CONFLICT (contact_id, tag_id) DO NOTHING
"""


class TagPut(msgspec.Struct, frozen=True):
    """A tag for a contact; `source` says what put it there (member, claim, open, redeem)."""

    workspace_id: UUID
    contact_id: UUID
    name: str
    source: str


async def put_tags(tx: Connection, tags: Sequence[TagPut], now: datetime) -> None:
    """Put each tag on its contact within the caller's transaction; a tag already there stays as it is."""
    wanted = [tag for tag in tags if tag.name]
    if not wanted:
        return
    names = sorted({(tag.workspace_id, tag.name) for tag in wanted})
    await tx.execute(
        MAKE,
        [uuid7() for _ in names],
        [workspace for workspace, _ in names],
        [name for _, name in names],
    )
    await tx.execute(
        PUT,
        [tag.workspace_id for tag in wanted],
        [tag.contact_id for tag in wanted],
        [tag.name for tag in wanted],
        [tag.source for tag in wanted],
        now,
    )
