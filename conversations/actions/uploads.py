"""A member attaches a file, takes it out again, or sends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

import msgspec

from conversations.channel import Abilities
from conversations.content import Audio, Content, File, Image, Video
from conversations.uploads import rows
from conversations.uploads.fitting import fit
from conversations.uploads.rows import UploadRow
from runtime.database import Connection
from runtime.errors import Invalid, NotFound, Refused
from runtime.ids import token, uuid7
from runtime.words import mark

# Together with one form: what people send at once, and few enough for one press.
MOST_AT_ONCE = 10
TOO_MANY = mark(
    "You attached a great many files within an hour; wait a while, then attach the next."
)
TOO_MANY_AT_ONCE = mark("At most 10 files can be sent at once; send the others afterwards.")
GONE = mark("A file is no longer there; take it out and attach it again.")
PUBLIC = "/media/sent"


class Owner(msgspec.Struct, frozen=True):
    """Whose file it is, and for which conversation."""

    workspace_id: UUID
    conversation_id: UUID
    member_id: UUID


class Begun(msgspec.Struct, frozen=True):
    """A row whose bytes are on their way to `file` and (a small picture) `preview` in the media store."""

    id: UUID
    token: str
    file: UUID
    preview: UUID


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a kept file turned out to be."""

    kind: str
    name: str
    content_type: str
    size: int
    duration_ms: int = 0
    has_preview: bool = False


async def begin(tx: Connection, owner: Owner, name: str, size: int, now: datetime) -> Begun:
    """Note a file of at most `size` bytes that is about to come; raises Refused("upload_quota")."""
    await tx.execute(rows.LOCK_MEMBER, owner.member_id)
    lately = await tx.fetchrow(rows.LATELY, owner.member_id, now - rows.HOUR)
    if lately["files"] >= rows.MOST_FILES or lately["bytes"] + size > rows.MOST_BYTES:
        raise Refused("upload_quota", TOO_MANY)
    begun = Begun(uuid7(), token(), uuid7(), uuid7())
    ids = (begun.id, owner.workspace_id, owner.conversation_id, owner.member_id)
    keys = (storage_key(begun.file), storage_key(begun.preview))
    await tx.execute(rows.ADD, *ids, begun.token, name, size, *keys, now)
    return begun


async def finish(tx: Connection, begun: Begun, facts: Facts) -> None:
    """Note that the bytes are kept; raises NotFound when the file was given up meanwhile."""
    told = (facts.kind, facts.name, facts.content_type, facts.size, facts.duration_ms)
    done = await tx.execute(rows.READY, begun.id, *told, facts.has_preview)
    if done != "UPDATE 1":
        raise NotFound("There is no such file")


async def give_up(tx: Connection, begun: Begun, came: int) -> None:
    """Note that a file was refused after `came` bytes: so many count toward the hour."""
    await tx.execute(rows.GIVE_UP, begun.id, came)


async def remove(tx: Connection, workspace_id: UUID, member_id: UUID, upload_id: UUID) -> None:
    """Take a file out of the composer again; raises NotFound for another's, or a sent one."""
    if await tx.execute(rows.REMOVE, upload_id, member_id, workspace_id) != "UPDATE 1":
        raise NotFound("There is no such file")


async def take(tx: Connection, owner: Owner, ids: Sequence[UUID]) -> Sequence[UploadRow]:
    """Lock the files that a form names and return them as it orders them; raises Invalid("upload")."""
    if len(set(ids)) > MOST_AT_ONCE:
        raise Invalid("upload", TOO_MANY_AT_ONCE)
    wanted = list(dict.fromkeys(ids))
    found = await tx.fetch(
        rows.TAKE, wanted, owner.conversation_id, owner.member_id, owner.workspace_id
    )
    by_id = {record["id"]: UploadRow(**record) for record in found}
    if by_id.keys() != set(wanted):
        raise Invalid("upload", GONE)
    return [by_id[key] for key in wanted]


async def mark_sent(tx: Connection, sent: Sequence[tuple[UUID, UUID]]) -> None:
    """Note which message carries which file: pairs of upload and message."""
    await tx.execute(rows.MARK_SENT, [one for one, _ in sent], [message for _, message in sent])


def content_of(row: UploadRow, abilities: Abilities, public_url: str) -> Content:
    """Return the message that carries a file on a channel; raises ContentRefused."""
    goes = fit(abilities, row.content_type, row.size)
    base = public_url.rstrip("/") + PUBLIC
    url = f"{base}/{row.token}/{quote(row.name, safe='')}"
    preview = f"{base}/{row.token}/small/picture.jpg" if row.preview_key else None
    match goes.kind:
        case "image":
            return Image(url, preview)
        case "video":
            return Video(url, preview)
        case "audio":
            return Audio(url, row.duration_ms)
        case _:
            return File(url, row.name)


def storage_key(file: UUID) -> str:
    """Return the key under which the media store keeps a file of this id."""
    return f"{file.hex[:2]}/{file.hex}"
