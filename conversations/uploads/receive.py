"""Takes in the bytes of a file: the row first, then the bytes, so that a stop at any instant loses nothing and
leaves nothing behind that is not found again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec

from conversations.actions import uploads
from conversations.actions.uploads import Begun, Owner
from conversations.channel import Channel, ContentRefused
from conversations.uploads import names, rows
from conversations.uploads.fitting import megabytes
from conversations.uploads.prepare import MOST_BYTES, Prepared, prepare
from conversations.uploads.rows import UploadRow
from runtime.database import Database
from runtime.media import MediaStore
from runtime.words import mark

TOO_HEAVY = mark("Files up to %(limit)s MB can be attached; this one is larger.")


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A file as a browser sends it. `size` is what the browser says, 0 when it does not."""

    owner: Owner
    name: str
    size: int
    channel: Channel
    public_url: str


async def receive(
    db: Database, store: MediaStore, arrival: Arrival, body: AsyncIterator[bytes], now: datetime
) -> UploadRow:
    """Keep a file and return its row; raises Refused("upload_quota"), ContentRefused, NotFound."""
    if arrival.size > MOST_BYTES:
        raise ContentRefused(TOO_HEAVY, limit=megabytes(MOST_BYTES))
    name = names.clean(arrival.name)
    async with db.transaction() as tx:
        begun = await uploads.begin(tx, arrival.owner, name, arrival.size, now)
    try:
        prepared = await _keep(store, arrival, begun, body)
    except ContentRefused:
        await _give_up(db, arrival.owner, begun.id)
        raise
    async with db.transaction() as tx:
        await uploads.finish(tx, begun, prepared.facts)
    return await rows.own(db, arrival.owner.workspace_id, arrival.owner.member_id, begun.id)


async def _keep(
    store: MediaStore, arrival: Arrival, begun: Begun, body: AsyncIterator[bytes]
) -> Prepared:
    file = store.begin()
    try:
        size = 0
        async for chunk in body:
            size += len(chunk)
            if size > MOST_BYTES:
                raise ContentRefused(TOO_HEAVY, limit=megabytes(MOST_BYTES))
            await asyncio.to_thread(file.write, chunk)
        file.flush()
        prepared = await asyncio.to_thread(
            prepare, Path(file.name), arrival.name, arrival.channel.abilities
        )
        _try(arrival, begun, prepared)
        if prepared.content is not None:
            await asyncio.to_thread(keep_bytes, store, prepared.content, begun.file)
        else:
            await asyncio.to_thread(store.keep, file, begun.file)
        if prepared.preview:
            await asyncio.to_thread(keep_bytes, store, prepared.preview, begun.preview)
    finally:
        store.discard(file)
    return prepared


def keep_bytes(store: MediaStore, content: bytes, key: UUID) -> None:
    """Keep bytes as the file `key`."""
    file = store.begin()
    try:
        file.write(content)
        store.keep(file, key)
    finally:
        store.discard(file)


def _try(arrival: Arrival, begun: Begun, prepared: Prepared) -> None:
    """Let the channel refuse now what it would refuse at sending, its address included."""
    facts = prepared.facts
    row = UploadRow(
        id=begun.id,
        token=begun.token,
        kind=facts.kind,
        name=facts.name,
        content_type=facts.content_type,
        size=facts.size,
        duration_ms=facts.duration_ms,
        storage_key="",
        preview_key="shown" if facts.has_preview else "",
    )
    arrival.channel.parts(uploads.content_of(row, arrival.channel.abilities, arrival.public_url))


async def _give_up(db: Database, owner: Owner, upload_id: UUID) -> None:
    async with db.transaction() as tx:
        await uploads.remove(tx, owner.workspace_id, owner.member_id, upload_id)
