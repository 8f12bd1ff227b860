"""Tags that were merged into others: what stands for them now, when something remembers them by their old id."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import product
from typing import Any
from uuid import UUID

import msgspec

from runtime.database import Connection

FIND = "SELECT gone_id, into_id FROM merged_tag WHERE gone_id = ANY ($1::uuid[])"
# Who merges or removes a tag locks it first: after this it stays until the caller's commit.
HOLD = "SELECT id FROM tag WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE"
NOTE = "INSERT INTO merged_tag (gone_id, into_id) VALUES ($1, $2)"
FORWARD = "UPDATE merged_tag SET into_id = $2 WHERE into_id = $1"
PLAIN = "claim"


class Worn(msgspec.Struct, frozen=True):
    """A tag on a contact: what put it there, and when (ISO 8601)."""

    tag: UUID
    source: str
    at: str


async def note_merge(tx: Connection, tag_id: UUID, into: UUID) -> None:
    """Remember that `into` stands for the tag, and for all that were merged into it, until `into` is removed."""
    await tx.execute(FORWARD, tag_id, into)
    await tx.execute(NOTE, tag_id, into)


async def follow(tx: Connection, tags: Collection[UUID]) -> Mapping[UUID, UUID]:
    """Return which tag stands for each of `tags` now, itself or the one it was merged into; those that were removed
    are left out. None of them changes before the caller's commit.
    """
    while True:
        into = {row["gone_id"]: row["into_id"] for row in await tx.fetch(FIND, list(tags))}
        stands = {tag: into.get(tag, tag) for tag in tags}
        wanted = set(stands.values())
        held = {row["id"] for row in await tx.fetch(HOLD, list(wanted))}
        # One that was merged while it was waited for is looked up once more.
        again = {row["gone_id"]: row["into_id"] for row in await tx.fetch(FIND, list(tags))}
        if again == into:
            return {tag: one for tag, one in stands.items() if one in held}


def brought_back(
    brought: Sequence[Mapping[str, Any]], own: Collection[str], stands: Mapping[UUID, UUID]
) -> tuple[list[Worn], list[Worn]]:
    """Return what who is back wears again, and what who stays may lose, as it would stand there.

    `brought` are the tags of who went as the merge kept them, `own` those that who stays wore before it. What
    both wore, by whichever tag stands for it now, stays with both; what was put on since is none of these.
    """
    kept = {stands.get(UUID(tag)) for tag in own}
    by_tag: dict[UUID, list[Worn]] = {}
    for one in brought:
        tag = stands.get(UUID(one["tag"]))
        if tag is not None:
            by_tag.setdefault(tag, []).append(Worn(tag, one["source"], one["at"]))
            kept |= set() if one["new"] else {tag}
    given = [_joined(worn) for worn in by_tag.values()]
    taken = [
        Worn(tag, source, at)
        for tag, worn in by_tag.items()
        if tag not in kept
        for source, at in product({one.source for one in worn}, {one.at for one in worn})
    ]
    return given, taken


def _joined(worn: Sequence[Worn]) -> Worn:
    """Return one of several tags that became one: what somebody put on outlives what a claim did."""
    return min(worn, key=lambda one: (one.source == PLAIN, one.at))
