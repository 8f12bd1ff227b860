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
from runtime.errors import NotFound
from runtime.media import MediaStore
from runtime.pictures import in_turn
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
        begun = await uploads.begin(tx, arrival.owner, name, arrival.size or MOST_BYTES, now)
    came = _Counted(body)
    try:
        prepared = await _keep(store, arrival, begun, came)
    except ContentRefused:
        async with db.transaction() as tx:
            await uploads.give_up(tx, begun, came.size)
        raise
    try:
        async with db.transaction() as tx:
            await uploads.finish(tx, begun, prepared.facts)
    except NotFound:
        # The row may be gone for good (its customer was erased), and with it whoever would look for the files.
        for key in (begun.file, begun.preview):
            await asyncio.to_thread(store.delete, uploads.storage_key(key))
        raise
    return await rows.own(db, arrival.owner.workspace_id, arrival.owner.member_id, begun.id)


class _Counted:
    """A body, and how many bytes of it came."""

    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._body = body
        self.size = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield it; raises ContentRefused beyond what is kept."""
        async for chunk in self._body:
            self.size += len(chunk)
            if self.size > MOST_BYTES:
                raise ContentRefused(TOO_HEAVY, limit=megabytes(MOST_BYTES))
            yield chunk


async def _keep(store: MediaStore, arrival: Arrival, begun: Begun, body: _Counted) -> Prepared:
    file = store.begin()
    try:
        async for chunk in body.chunks():
            await asyncio.to_thread(file.write, chunk)
        file.flush()
        abilities = arrival.channel.abilities
        prepared = await in_turn(prepare, Path(file.name), arrival.name, abilities)
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
