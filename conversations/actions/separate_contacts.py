"""Take a merged contact out again, exactly as it went in (docs/decisions/0026)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from conversations.actions.lock_chats import Moved, chats_of, lock_chats
from conversations.actions.merge_contacts import (
    ERASED,
    ERASING,
    LOCK_KEPT,
    OWN,
    Carrier,
    Merge,
    set_facts,
    tell_of_merge,
)
from conversations.actions.merged_tags import Worn, brought_back, follow
from conversations.actions.trail import Act
from runtime.database import Connection
from runtime.errors import NotFound, Refused
from runtime.i18n import mark

NO_MERGE = mark("These two were separated already")
DEEPER = mark("First separate the customer this one was merged into")

FIND = "SELECT gone_id, into_id, kept_id FROM contact_merge WHERE id = $1 AND workspace_id = $2"
LOCK = "SELECT facts FROM contact_merge WHERE id = $1 AND kept_id = $2 AND into_id = $2 FOR UPDATE"
COLUMNS = """
SELECT column_name AS name FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = 'contact' AND column_name = ANY ($1::text[])
ORDER BY ordinal_position
"""
# A column that is younger than the merge takes what the table gives it.
RESTORE = "INSERT INTO contact ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::contact, $1::text::jsonb)"
MOVE_ADDRESSES = """
UPDATE channel_identity SET contact_id = $1, origin_id = nullif(origin_id, $1)
WHERE contact_id = $2 AND origin_id = ANY ($3::uuid[])
"""
MOVE_CHATS = """
UPDATE conversation SET contact_id = $1, version = version + 1
WHERE contact_id = $2 AND chat_key = ANY ($3::text[]) RETURNING id
"""
GIVE_TAGS = """
INSERT INTO contact_tag (contact_id, tag_id, source, at)
SELECT $1, v.tag, v.source, v.told::timestamptz FROM unnest($2::uuid[], $3::text[], $4::text[]) AS v (tag, source, told)
ORDER BY v.tag ON CONFLICT DO NOTHING
"""
TAKE_TAGS = """
DELETE FROM contact_tag c USING unnest($2::uuid[], $3::text[], $4::text[]) AS v (tag, source, told)
WHERE c.contact_id = $1 AND c.tag_id = v.tag AND c.source = v.source AND c.at = v.told::timestamptz
"""
HAND_BACK = (
    "UPDATE contact_merge SET kept_id = $1 WHERE kept_id = $2 AND gone_id = ANY ($3::uuid[])"
)
REMOVE = "DELETE FROM contact_merge WHERE id = $1"


class Separation(msgspec.Struct, frozen=True, kw_only=True):
    """Which merge is undone, by the member `by`."""

    workspace_id: UUID
    merge_id: UUID
    by: UUID


async def separate_contacts(
    tx: Connection, wish: Separation, carrier: Carrier, now: datetime
) -> tuple[UUID, UUID]:
    """Undo a merge in the caller's transaction; returns who stays and who is back.

    Their chats go back with all that was said since, and so do claims sent there; what was filled in or put on
    since the merge stays with who stays. Raises NotFound, Refused (`merged_deeper`, `separated`, `erased`), Moved.
    """
    row = await tx.fetchrow(FIND, wish.merge_id, wish.workspace_id)
    if row is None:
        raise NotFound(NO_MERGE)
    back, kept = row["gone_id"], row["kept_id"]
    if row["into_id"] != kept:
        raise Refused("merged_deeper", DEEPER)
    seen = await lock_chats(tx, wish.workspace_id, [kept])
    await carrier.lock(tx, [kept])
    stays, facts = await _lock(tx, wish, kept)
    if seen != await chats_of(tx, wish.workspace_id, [kept]):
        raise Moved
    merge = Merge(workspace_id=wish.workspace_id, kept_id=kept, gone_id=back, by=wish.by)
    await _restore(tx, merge, facts, stays)
    await tx.execute(REMOVE, wish.merge_id)
    names = (facts["row"]["name"], stays["name"])
    chats = await _move(tx, merge, facts)
    await carrier.separate(tx, back, kept, chats, facts["carried"])
    await tell_of_merge(tx, merge, Act.SEPARATED, names, now)
    return kept, back


async def _lock(
    tx: Connection, wish: Separation, kept: UUID
) -> tuple[dict[str, Any], dict[str, Any]]:
    found = await tx.fetchrow(LOCK_KEPT, kept, wish.workspace_id)
    facts = await tx.fetchval(LOCK, wish.merge_id, kept)
    if found is None or facts is None:
        raise Refused("separated", NO_MERGE)
    if found["row"]["erased_at"] or await tx.fetchval(ERASING, [kept]):
        raise Refused("erased", ERASED)
    return found["row"], facts


async def _restore(
    tx: Connection, merge: Merge, facts: Mapping[str, Any], stays: Mapping[str, Any]
) -> None:
    """Make the row anew as it was, blocked as the other is now; take back what it had filled."""
    row = facts["row"] | {"blocked_at": stays["blocked_at"]}
    names = [one["name"] for one in await tx.fetch(COLUMNS, list(row))]
    columns = ", ".join(f'"{name}"' for name in names)
    await tx.execute(RESTORE.format(columns=columns), json.dumps(row))
    filled = facts["filled"]
    own = ["" if n in filled["own"] and stays[n] == row[n] else stays[n] for n in OWN]
    given = {key: row["attributes"][key] for key in filled["attributes"]}
    values = {k: v for k, v in stays["attributes"].items() if k not in given or given[k] != v}
    await set_facts(tx, merge.kept_id, own, values)


async def _move(tx: Connection, merge: Merge, facts: Mapping[str, Any]) -> Sequence[UUID]:
    back, kept = merge.gone_id, merge.kept_id
    origins = [UUID(one) for one in facts["origins"]]
    await tx.execute(HAND_BACK, back, kept, origins)
    await tx.execute(MOVE_ADDRESSES, back, kept, origins)
    keys = [f"c:{one}" for one in origins]
    chats = [row["id"] for row in await tx.fetch(MOVE_CHATS, back, kept, keys)]
    await _part_tags(tx, merge, facts)
    return chats


async def _part_tags(tx: Connection, merge: Merge, facts: Mapping[str, Any]) -> None:
    """Give back the tags that were brought: a merged one as the tag it became, a removed one not at all."""
    # Merges older than this note tell only which tags both wore.
    brought, own = facts["tags"], facts.get("own_tags", [])
    stands = await follow(tx, {UUID(one) for one in own} | {UUID(one["tag"]) for one in brought})
    given, taken = brought_back(brought, own, stands)
    await tx.execute(TAKE_TAGS, merge.kept_id, *_columns(taken))
    await tx.execute(GIVE_TAGS, merge.gone_id, *_columns(given))


def _columns(tags: Sequence[Worn]) -> tuple[list[UUID], list[str], list[str]]:
    return [one.tag for one in tags], [one.source for one in tags], [one.at for one in tags]
