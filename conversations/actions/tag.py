"""Put tags on contacts, making a tag the first time its name is used, and take them off again."""

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
ORDER BY u.contact, t.id ON CONFLICT (contact_id, tag_id) DO UPDATE SET source = excluded.source
WHERE contact_tag.source = 'claim' AND excluded.source <> 'claim'
"""
TAKE = """
DELETE FROM contact_tag WHERE id IN (
  SELECT c.id FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS u (w, contact, name, source)
  JOIN tag t ON t.workspace_id = u.w AND t.name = u.name
  JOIN contact_tag c ON c.contact_id = u.contact AND c.tag_id = t.id AND c.source = u.source
  ORDER BY c.contact_id, c.tag_id FOR UPDATE OF c)
"""
CLAIM = "claim"


class TagPut(msgspec.Struct, frozen=True):
    """A tag for a contact; `source` says what put it there (member, claim, open, redeem)."""

    workspace_id: UUID
    contact_id: UUID
    name: str
    source: str


async def put_tags(tx: Connection, tags: Sequence[TagPut], now: datetime) -> None:
    """Put each tag on its contact within the caller's transaction; a tag already there stays as it is, but
    what a claim put there alone and somebody now puts there too will outlive the claim.
    """
    wanted = _once(tags)
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


async def take_tags(tx: Connection, tags: Sequence[TagPut]) -> None:
    """Take each tag off its contact again, where it was put there by its `source` and by nobody else."""
    if tags:
        await tx.execute(
            TAKE,
            [tag.workspace_id for tag in tags],
            [tag.contact_id for tag in tags],
            [tag.name for tag in tags],
            [tag.source for tag in tags],
        )


def _once(tags: Sequence[TagPut]) -> list[TagPut]:
    """Return each named tag of a contact once, by what keeps it longest."""
    found: dict[tuple[UUID, UUID, str], TagPut] = {}
    for tag in tags:
        key = (tag.workspace_id, tag.contact_id, tag.name)
        if tag.name and (key not in found or found[key].source == CLAIM):
            found[key] = tag
    return list(found.values())
