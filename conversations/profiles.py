"""Customers whose profile was never looked up, and what the platform told about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from conversations.channel import Profile
from runtime.database import Connection, Pool
from runtime.live import Change, publish

# Marked as looked up before the call: a process that dies costs one name, and nothing is asked for ever.
CLAIM = """
WITH due AS (
  SELECT id FROM channel_identity WHERE profile_at IS NULL ORDER BY profile_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE channel_identity i SET profile_at = $1 FROM due WHERE i.id = due.id
RETURNING i.id, i.account_id, i.contact_id, i.external_id
"""
# A name a member has entered stays; pictures are the platform's. By the identities, not by who was looked up: the
# contact may have been merged into another since, and two of one contact may have been looked up.
STORE = """
WITH told AS (
  SELECT i.contact_id, coalesce((array_agg(u.name ORDER BY n) FILTER (WHERE u.name <> ''))[1], '') AS name,
    coalesce((array_agg(u.language ORDER BY n) FILTER (WHERE u.language <> ''))[1], '') AS language,
    coalesce((array_agg(u.picture ORDER BY n DESC) FILTER (WHERE u.picture <> ''))[1], '') AS picture
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS u (id, name, language, picture, n)
  JOIN channel_identity i ON i.id = u.id GROUP BY i.contact_id
), held AS MATERIALIZED (
  SELECT id FROM contact WHERE id = ANY (ARRAY(SELECT contact_id FROM told)) AND erased_at IS NULL
  ORDER BY id FOR NO KEY UPDATE
)
UPDATE contact c SET name = CASE WHEN c.name = '' THEN t.name ELSE c.name END,
  language = CASE WHEN c.language = '' THEN t.language ELSE c.language END,
  picture_url = CASE WHEN t.picture = '' THEN c.picture_url ELSE t.picture END
FROM held h JOIN told t ON t.contact_id = h.id WHERE c.id = h.id AND (
  c.name = '' AND t.name <> '' OR c.language = '' AND t.language <> '' OR t.picture NOT IN ('', c.picture_url))
RETURNING c.id
"""
# What this one platform tells, whatever the contact is called here.
STORE_HERE = """
UPDATE channel_identity i SET name = CASE WHEN u.name = '' THEN i.name ELSE u.name END,
  picture_url = CASE WHEN u.picture = '' THEN i.picture_url ELSE u.picture END
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u (id, name, picture)
WHERE i.id = u.id AND (u.name NOT IN ('', i.name) OR u.picture NOT IN ('', i.picture_url))
RETURNING i.contact_id
"""
CONVERSATIONS = """
SELECT id, workspace_id, contact_id FROM conversation WHERE contact_id = ANY ($1::uuid[]) ORDER BY id
"""


class Unknown(msgspec.Struct, frozen=True):
    """A customer to look up, as one account knows them."""

    id: UUID
    account_id: UUID
    contact_id: UUID
    external_id: str


async def claim_unknown(connection: Connection | Pool, now: datetime, limit: int) -> list[Unknown]:
    """Take customers who were never looked up; nobody takes them again."""
    return [Unknown(*record) for record in await connection.fetch(CLAIM, now, limit)]


async def store_profiles(
    tx: Connection, told: Sequence[tuple[Unknown, Profile]], now: datetime
) -> None:
    """Write what the platforms told, and tell the screens that show these customers."""
    told = sorted(told, key=lambda one: one[0].id)
    ids = [who.id for who, _ in told]
    names = [profile.name.replace("\0", "")[:200] for _, profile in told]
    languages = [(profile.language or "")[:16] for _, profile in told]
    pictures = [_picture(profile) for _, profile in told]
    changed = await tx.fetch(STORE, ids, names, languages, pictures)
    changed += await tx.fetch(STORE_HERE, ids, names, pictures)
    if not changed:
        return
    rows = await tx.fetch(CONVERSATIONS, sorted({contact for (contact,) in changed}))
    changes = [
        Change(row["workspace_id"], "conversation", row["id"], {"contact": str(row["contact_id"])})
        for row in rows
    ]
    await publish(tx, changes, now)


def _picture(profile: Profile) -> str:
    url = profile.picture_url or ""
    return url if url.startswith("https://") else ""
