"""Templates kept on a platform: find their ids there, and note the ones that are to be made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from conversations.channel import Shape
from runtime.database import Connection
from runtime.ids import uuid7

FIND = """
SELECT t.account_id, t.shape_hash, t.template_id FROM content_template t
JOIN unnest($1::uuid[], $2::text[]) AS u (account, hash) ON t.account_id = u.account AND t.shape_hash = u.hash
"""
NOTE = """
INSERT INTO content_template (id, account_id, shape_hash, body, next_try_at)
SELECT id, account, hash, body::jsonb, $1 FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[])
  AS u (id, account, hash, body)
ON CONFLICT (account_id, shape_hash) DO NOTHING
"""
DUE = """
SELECT id, account_id, shape_hash, body, tries FROM content_template
WHERE template_id = '' AND next_try_at <= $1 AND tries < $2 ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
CLAIM = "UPDATE content_template SET next_try_at = $2, tries = tries + 1 WHERE id = $1"
MADE = "UPDATE content_template SET template_id = $2, error = '' WHERE id = $1 AND template_id = ''"
FAILED = (
    "UPDATE content_template SET error = $2, next_try_at = $3 WHERE id = $1 AND template_id = ''"
)
MOST_TRIES = 8

Key = tuple[UUID, str]


class Due(msgspec.Struct, frozen=True):
    """A template to make; `tries` counts this one."""

    id: UUID
    account_id: UUID
    shape: Shape
    tries: int


async def template_ids(
    tx: Connection, wanted: Mapping[Key, Shape], now: datetime
) -> dict[Key, str]:
    """Return the platform's ids of the shapes that exist there; the others are noted to be made."""
    if not wanted:
        return {}
    keys = sorted(wanted)
    records = await tx.fetch(FIND, [account for account, _ in keys], [text for _, text in keys])
    known = {(r["account_id"], r["shape_hash"]): r["template_id"] for r in records}
    new = [key for key in keys if key not in known]
    if new:
        await tx.execute(
            NOTE,
            now,
            [uuid7() for _ in new],
            [account for account, _ in new],
            [text for _, text in new],
            [json.dumps(wanted[key].body) for key in new],
        )
    return {key: found for key, found in known.items() if found}


async def claim_due(tx: Connection, now: datetime, retry: timedelta) -> Due | None:
    """Take one template that is to be made; nobody else takes it before `retry` has passed."""
    row: Any = await tx.fetchrow(DUE, now, MOST_TRIES)
    if row is None:
        return None
    await tx.execute(CLAIM, row["id"], now + retry)
    shape = Shape(row["shape_hash"], row["body"], {})
    return Due(row["id"], row["account_id"], shape, row["tries"] + 1)


async def made(tx: Connection, template: Due, template_id: str) -> None:
    """Remember the platform's id of a template."""
    await tx.execute(MADE, template.id, template_id)


async def not_made(tx: Connection, template: Due, reason: str, next_try: datetime) -> None:
    """Remember why a template could not be made and when to try again."""
    await tx.execute(FAILED, template.id, reason[:300], next_try)
