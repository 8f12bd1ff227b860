"""Customers whose profile was never looked up, and what the platform told about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from conversations.channel import Profile
from runtime.database import Connection
from runtime.live import Change, publish

# Marked as looked up before the call: a process that dies costs one name, and nothing is asked for ever.
CLAIM = """
WITH due AS (
  SELECT id FROM channel_identity WHERE profile_at IS NULL ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE channel_identity i SET profile_at = $1 FROM due WHERE i.id = due.id
RETURNING i.id, i.account_id, i.contact_id, i.external_id
"""
# A name a member has entered stays; pictures are the platform's.
STORE = """
UPDATE contact SET name = CASE WHEN name = '' THEN $2 ELSE name END,
  language = CASE WHEN language = '' THEN $3 ELSE language END,
  picture_url = CASE WHEN $4 = '' THEN picture_url ELSE $4 END
WHERE id = $1 AND erased_at IS NULL AND (name = '' OR language = '' AND $3 <> '' OR $4 <> '' AND picture_url <> $4)
"""
# What this one platform tells, whatever the contact is called here.
STORE_HERE = """
UPDATE channel_identity SET name = CASE WHEN $2 = '' THEN name ELSE $2 END,
  picture_url = CASE WHEN $3 = '' THEN picture_url ELSE $3 END
WHERE id = $1 AND ($2 NOT IN ('', name) OR $3 NOT IN ('', picture_url))
RETURNING contact_id
"""
OWNER = "SELECT contact_id FROM channel_identity WHERE id = $1"
CONVERSATIONS = "SELECT id, workspace_id FROM conversation WHERE contact_id = $1"


class Unknown(msgspec.Struct, frozen=True):
    """A customer to look up, as one account knows them."""

    id: UUID
    account_id: UUID
    contact_id: UUID
    external_id: str


async def claim_unknown(tx: Connection, now: datetime, limit: int) -> list[Unknown]:
    """Take customers who were never looked up; nobody takes them again."""
    return [Unknown(*record) for record in await tx.fetch(CLAIM, now, limit)]


async def store_profile(tx: Connection, who: Unknown, profile: Profile, now: datetime) -> None:
    """Write what the platform told, and tell the screens that show the customer."""
    language, picture = (profile.language or "")[:16], profile.picture_url or ""
    picture = picture if picture.startswith("https://") else ""
    name = profile.name.replace("\0", "")[:200]
    here = await tx.fetchval(STORE_HERE, who.id, name, picture)
    # Not who.contact_id: the contact may have been merged into another since.
    contact = here or await tx.fetchval(OWNER, who.id)
    done: str = await tx.execute(STORE, contact, name, language, picture)
    if done.endswith(" 0") and here is None:
        return
    rows: Sequence[Any] = await tx.fetch(CONVERSATIONS, contact)
    detail = {"contact": str(contact)}
    changes = [Change(row["workspace_id"], "conversation", row["id"], detail) for row in rows]
    await publish(tx, changes, now)
