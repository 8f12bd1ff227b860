"""What a customer sent, or somebody typed elsewhere, out of the stored facts and attachments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from agent_console.media import PASSIVE
from agent_console.said.parts import (
    STICKER_BOX,
    Part,
    PartKind,
    Person,
    clock_length,
    fitted,
    place,
    safe_url,
    story_is_over,
)
from conversations.views import AttachmentRow, MessageRow

STORIES = frozenset({"story_mention", "story_reply"})
POSTS = frozenset({"share", "reel"})
# Recordings that no browser plays: offered as files.
UNPLAYABLE = frozenset({"audio/amr"})
MOST_EARLIER = 20
# Bytes up to which a picture is shown as it is; one that moves stops moving when it is made small.
MOST_WHOLE = {
    "image/jpeg": 100_000,
    "image/png": 100_000,
    "image/webp": 100_000,
    "image/gif": 2_000_000,
}


class Earlier(msgspec.Struct, frozen=True):
    """Words that an edit replaced; `at` as stored (ISO 8601)."""

    text: str
    at: str


def facts_of(message: MessageRow) -> Mapping[str, Any]:
    """Return the stored facts of a received message, {} when there are none."""
    return message.content if isinstance(message.content, dict) else {}


def parts_of(message: MessageRow, now: datetime) -> list[Part]:
    """Return the pieces of a received message, in order."""
    length = _mapping(facts_of(message).get("params")).get("duration")
    return [_part(one, message, now, clock_length(length)) for one in message.attachments]


def earlier(message: MessageRow) -> list[Earlier]:
    """Return what an edited message said before, oldest first."""
    try:
        return msgspec.convert(facts_of(message).get("earlier", []), list[Earlier])[-MOST_EARLIER:]
    except msgspec.ValidationError:
        return []


def _part(file: AttachmentRow, message: MessageRow, now: datetime, length: str) -> Part:
    source = _mapping(file.source)
    if file.type == "location":
        title = source.get("title")
        title = title if isinstance(title, str) else ""
        address = file.name if file.name != title else ""
        where = place(title, address, source.get("lat"), source.get("lon"))
        return Part(kind="place", of="location", id=_id(file), place=where)
    if file.type in STORIES:
        gone = story_is_over(message.provider_at, now)
        url = "" if gone else safe_url(source.get("url"))
        return Part(kind="story", of=file.type, id=_id(file), url=url, expired=gone)
    if file.type in POSTS:
        return _post(file, source)
    if file.state == "stored":
        return _stored(file, source, length)
    if file.type == "sticker":
        return Part(kind="sticker", of="sticker", id=_id(file), name=file.name)
    return _missing(file)


def _stored(file: AttachmentRow, source: Mapping[str, Any], length: str) -> Part:
    kind = _stored_kind(file)
    box = STICKER_BOX if kind == "sticker" else 320
    width, height = fitted(source.get("width"), source.get("height"), box)
    return Part(
        kind=kind,
        of=file.type,
        id=_id(file),
        url=f"/console/media/{file.id}",
        small=_shown(file),
        name=file.name,
        size=file.size,
        content_type=file.content_type,
        duration=length if kind in {"audio", "video"} else "",
        width=width,
        height=height,
        people=_people(source) if kind == "people" else (),
    )


def _stored_kind(file: AttachmentRow) -> PartKind:
    main = file.content_type.partition("/")[0] if file.content_type in PASSIVE else ""
    if main == "image" and file.type in {"image", "sticker"}:
        return "sticker" if file.type == "sticker" else "picture"
    if main == "video" and file.type == "video":
        return "video"
    if main in {"audio", "video"} and file.type == "audio":
        return "file" if file.content_type in UNPLAYABLE else "audio"
    return "people" if file.type == "contacts" else "file"


def _post(file: AttachmentRow, source: Mapping[str, Any]) -> Part:
    """A shared post or reel: its picture or film where one is kept, and where it is to be seen."""
    kept = file.state == "stored" and file.content_type in PASSIVE
    width, height = fitted(source.get("width"), source.get("height"))
    return Part(
        kind="post",
        of=file.type,
        id=_id(file),
        name=file.name,
        url=safe_url(source.get("url")),
        poster=_shown(file) if kept else "",
        content_type=file.content_type if kept else "",
        width=width,
        height=height,
    )


def _shown(file: AttachmentRow) -> str:
    """Return what a thread shows of a stored file: a small picture of a large one."""
    most = MOST_WHOLE.get(file.content_type)
    small = most is not None and file.size > most
    return f"/console/media/{file.id}{'/small' if small else ''}"


def _missing(file: AttachmentRow) -> Part:
    return Part(
        kind="missing", of=file.type, id=_id(file), name=file.name, size=file.size, state=file.state
    )


def _people(source: Mapping[str, Any]) -> tuple[Person, ...]:
    try:
        return msgspec.convert(source.get("people", ()), tuple[Person, ...])
    except msgspec.ValidationError:
        return ()


def _id(file: AttachmentRow) -> str:
    return f"f-{file.id}"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
