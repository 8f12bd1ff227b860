"""Put two contacts together who are one person (docs/decisions/0026).

What points at the one who goes is moved to the one who stays; the row that went is kept in `contact_merge`, so
that `separate_contacts` can take it out again. Chats stay apart: each keeps the key it began with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from conversations.actions.edit_contact import tell_of_contact
from conversations.actions.lock_chats import Moved, chats_of, lock_chats
from conversations.actions.trail import Act, Done, add_to_trail
from runtime.database import Connection
from runtime.errors import Invalid, NotFound, Refused
from runtime.i18n import mark
from runtime.ids import uuid7
from runtime.live import Change, publish
from team.audit import Entry, record

GONE = mark("There is no such customer")
SAME = mark("Choose another customer to merge with")
BLOCKED = mark("One of the two is blocked: block both, or unblock, before you merge them")
ERASED = mark("The data of one of the two is erased or being erased")
OWN = ("name", "phone", "email", "language", "picture_url")

# FOR UPDATE: whoever would point at this contact (a foreign key) waits, and then finds it gone.
LOCK_GONE = (
    "SELECT to_jsonb(p) AS row FROM contact p WHERE id = $1 AND workspace_id = $2 FOR UPDATE"
)
LOCK_KEPT = (
    "SELECT to_jsonb(p) AS row FROM contact p WHERE id = $1 AND workspace_id = $2 FOR NO KEY UPDATE"
)
ERASING = "SELECT 1 FROM erase_job WHERE contact_id = ANY ($1::uuid[])"
ORIGINS = "SELECT gone_id FROM contact_merge WHERE kept_id = $1 ORDER BY gone_id"
MOVE_ADDRESSES = """
UPDATE channel_identity SET origin_id = coalesce(origin_id, contact_id), contact_id = $2 WHERE contact_id = $1
"""
MOVE_CHATS = """
UPDATE conversation SET contact_id = $2, version = version + 1 WHERE contact_id = $1 RETURNING id
"""
TAGS = "SELECT tag_id, source, at FROM contact_tag WHERE contact_id = $1 ORDER BY tag_id"
MOVE_TAGS = """
INSERT INTO contact_tag (contact_id, tag_id, source, at)
SELECT $2, tag_id, source, at FROM contact_tag WHERE contact_id = $1 ORDER BY tag_id
ON CONFLICT (contact_id, tag_id) DO NOTHING RETURNING tag_id
"""
SET_FACTS = """
UPDATE contact SET name = $2, phone = $3, email = $4, language = $5, picture_url = $6, attributes = $7::text::jsonb
WHERE id = $1
"""
HAND_ON = "UPDATE contact_merge SET kept_id = $2 WHERE kept_id = $1"
KEEP = """
INSERT INTO contact_merge (id, workspace_id, gone_id, into_id, kept_id, by_id, at, facts)
VALUES ($1, $2, $3, $4, $4, $5, $6, $7::text::jsonb)
"""
REMOVE = "DELETE FROM contact WHERE id = $1"


class Carrier(Protocol):
    """What another package has that points at contacts, and how it follows them."""

    async def lock(self, tx: Connection, people: Sequence[UUID]) -> None:
        """Lock what is about to move, in the order everybody locks it."""

    async def merge(
        self, tx: Connection, gone: UUID, kept: UUID, chats: Sequence[UUID]
    ) -> Mapping[str, Any]:
        """Move everything of `gone`, whose conversations are `chats`, to `kept`; return what `separate` needs."""

    async def separate(
        self,
        tx: Connection,
        back: UUID,
        kept: UUID,
        chats: Sequence[UUID],
        facts: Mapping[str, Any],
    ) -> None:
        """Move to `back` what `merge` moved, and what came since in `chats`, which are theirs again."""


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """Who is merged: `gone_id` into `kept_id`, by the member `by`."""

    workspace_id: UUID
    kept_id: UUID
    gone_id: UUID
    by: UUID


async def merge_contacts(tx: Connection, merge: Merge, carrier: Carrier, now: datetime) -> UUID:
    """Merge in the caller's transaction and return the merge's id.

    Raises Invalid for one and the same, NotFound (also when a rival merged one of them first), Refused
    (`blocked`, `erased`), and `Moved`, after which the transaction is run again.
    """
    if merge.kept_id == merge.gone_id:
        raise Invalid("other", SAME)
    house, people = merge.workspace_id, sorted([merge.kept_id, merge.gone_id])
    # The order of locks is everybody's: conversations, claims and limits (the carrier's), contacts; each by id.
    seen = await lock_chats(tx, house, people)
    await carrier.lock(tx, people)
    gone, kept = await _lock(tx, merge)
    if seen != await chats_of(tx, house, people):
        raise Moved
    await _refuse(tx, people, gone, kept)
    origins = [merge.gone_id, *(row["gone_id"] for row in await tx.fetch(ORIGINS, merge.gone_id))]
    await tx.execute(MOVE_ADDRESSES, merge.gone_id, merge.kept_id)
    chats = [row["id"] for row in await tx.fetch(MOVE_CHATS, merge.gone_id, merge.kept_id)]
    worn = [str(row["tag_id"]) for row in await tx.fetch(TAGS, merge.kept_id)]
    facts = {
        "row": gone,
        "origins": [str(one) for one in origins],
        "own_tags": worn,
        "tags": await _move_tags(tx, merge),
        "filled": await _fill(tx, merge.kept_id, gone, kept),
        "carried": await carrier.merge(tx, merge.gone_id, merge.kept_id, chats),
    }
    key = uuid7()
    await tx.execute(HAND_ON, merge.gone_id, merge.kept_id)
    values = (key, merge.workspace_id, merge.gone_id, merge.kept_id, merge.by, now)
    await tx.execute(KEEP, *values, json.dumps(facts))
    await tx.execute(REMOVE, merge.gone_id)
    await tell_of_merge(tx, merge, Act.MERGED, (gone["name"], kept["name"]), now)
    return key


async def _lock(tx: Connection, merge: Merge) -> tuple[dict[str, Any], dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = {}
    for one in sorted([merge.kept_id, merge.gone_id]):
        query = LOCK_GONE if one == merge.gone_id else LOCK_KEPT
        row = await tx.fetchrow(query, one, merge.workspace_id)
        if row is None:
            raise NotFound(GONE)
        found[one] = row["row"]
    return found[merge.gone_id], found[merge.kept_id]


async def _refuse(
    tx: Connection, people: Sequence[UUID], gone: Mapping[str, Any], kept: Mapping[str, Any]
) -> None:
    erased = gone["erased_at"] or kept["erased_at"]
    if erased or await tx.fetchval(ERASING, people):
        raise Refused("erased", ERASED)
    if bool(gone["blocked_at"]) != bool(kept["blocked_at"]):
        raise Refused("merge_blocked", BLOCKED)


async def _move_tags(tx: Connection, merge: Merge) -> list[dict[str, Any]]:
    """Put the tags of who goes on who stays; return them all, with whether they were new there."""
    worn = await tx.fetch(TAGS, merge.gone_id)
    new = {row["tag_id"] for row in await tx.fetch(MOVE_TAGS, merge.gone_id, merge.kept_id)}
    return [
        {
            "tag": str(row["tag_id"]),
            "source": row["source"],
            "at": row["at"].isoformat(),
            "new": row["tag_id"] in new,
        }
        for row in worn
    ]


async def _fill(
    tx: Connection, kept_id: UUID, gone: Mapping[str, Any], kept: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Let who goes fill what who stays has not; what stands there wins. Return what was filled."""
    own = [name for name in OWN if gone[name] and not kept[name]]
    fields = [key for key in gone["attributes"] if key not in kept["attributes"]]
    values = [gone[name] if name in own else kept[name] for name in OWN]
    await set_facts(tx, kept_id, values, gone["attributes"] | kept["attributes"])
    return {"own": own, "attributes": fields}


async def set_facts(
    tx: Connection, contact_id: UUID, own: Sequence[str], attributes: Mapping[str, Any]
) -> None:
    """Give a contact these facts: `own` in the order of OWN."""
    await tx.execute(SET_FACTS, contact_id, *own, json.dumps(attributes))


async def tell_of_merge(
    tx: Connection, merge: Merge, act: Act, names: tuple[str, str], now: datetime
) -> None:
    """Tell the audit log, the threads and the feed; `names` are those of who goes and who stays."""
    entry = Entry(
        workspace_id=merge.workspace_id,
        member_id=merge.by,
        action="contact.merged" if act is Act.MERGED else "contact.unmerged",
        subject=str(merge.kept_id),
        detail={"other": str(merge.gone_id)},
    )
    await record(tx, entry, now)
    chats = await chats_of(tx, merge.workspace_id, [merge.kept_id, merge.gone_id])
    # By their ids an erasing finds the names of whom it erases, in the chats of the other, too.
    detail = {
        "to": names[0],
        "other": names[1],
        "gone": str(merge.gone_id),
        "kept": str(merge.kept_id),
    }
    done = [Done(conversation_id=c, act=act, member_id=merge.by, detail=detail) for c in chats]
    await add_to_trail(tx, done, now)
    await tell_of_contact(tx, merge.workspace_id, merge.kept_id, now)
    if act is Act.MERGED:
        await publish(tx, [Change(merge.workspace_id, "contact", merge.gone_id)], now)
    else:
        await tell_of_contact(tx, merge.workspace_id, merge.gone_id, now)
