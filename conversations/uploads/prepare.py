"""From what a browser sent to what may be sent on: everything that is checked and changed in a file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from conversations import file_types as types
from conversations.actions.uploads import Facts
from conversations.channel import Abilities
from conversations.uploads import films, names, sniff, sounds
from conversations.uploads.fitting import fit, kind_of
from conversations.uploads.photos import prepare_photo, stand_in

# What no channel's own limit goes beyond here: it is kept on this server's disk.
MOST_BYTES = 50_000_000
FILMED = frozenset({types.MP4, types.MOV, types.M4A, types.THREE_GP})


class Prepared(msgspec.Struct, frozen=True):
    """A file ready to be kept: its facts, its bytes where they were made anew (None: as they came), and a
    small JPEG of it (b"": none).
    """

    facts: Facts
    content: bytes | None
    preview: bytes


def prepare(path: Path, name: str, abilities: Abilities) -> Prepared:
    """Check the file at `path`, and change it there where a film tells its place. Takes a while: run it in a
    thread. Raises ContentRefused with what is wrong with it, or with why the channel does not take it.
    """
    plain = names.clean(name)
    content_type = sniff.content_type(path, plain)
    if kind_of(content_type) == "image":
        return _picture(path, plain, abilities)
    size = path.stat().st_size
    kind = fit(abilities, content_type, size).kind
    if content_type in FILMED:
        films.forget_place(path)
    facts = Facts(
        kind=kind,
        name=names.with_ending(plain, content_type),
        content_type=content_type,
        size=size,
        duration_ms=sounds.duration_ms(path, content_type),
        has_preview=kind == "video",
    )
    return Prepared(facts, None, stand_in() if kind == "video" else b"")


def _picture(path: Path, name: str, abilities: Abilities) -> Prepared:
    takes = abilities.files.get("image")
    photo = prepare_photo(path, min(takes.most_bytes if takes else MOST_BYTES, MOST_BYTES))
    size = len(photo.content)
    facts = Facts(
        kind=fit(abilities, photo.content_type, size).kind,
        name=names.with_ending(name, photo.content_type),
        content_type=photo.content_type,
        size=size,
        has_preview=True,
    )
    return Prepared(facts, photo.content, photo.thumbnail)
